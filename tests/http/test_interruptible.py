"""Threads that nobody waits for are started whole, even if a signal raises at that very moment."""

import subprocess
import sys

STARTS_AND_IS_STOPPED = """
import os, random, signal, time
from brandsync.interruptible import Helpers, Wait

class Stopped(Exception):
    pass

armed = False

def stop(number, frame):
    global armed
    if armed:
        armed = False
        raise Stopped

signal.signal(signal.SIGUSR1, stop)
me, stops, until = os.getpid(), 0, time.monotonic() + 2
sender = os.fork()
if not sender:
    while os.getppid() == me:
        time.sleep(random.random() / 400)
        os.kill(me, signal.SIGUSR1)
    os._exit(0)
while time.monotonic() < until:
    try:
        armed = True
        for _ in range(20):
            helpers = Helpers()
            helpers.start(Wait("nothing"), int)
            helpers.close()
        armed = False
    except Stopped:
        stops += 1
os.kill(sender, signal.SIGKILL)
print(stops)
"""


def test_a_signal_that_raises_while_a_helper_starts_leaves_no_broken_thread() -> None:
    ended = subprocess.run([sys.executable, "-c", STARTS_AND_IS_STOPPED], capture_output=True, text=True, check=False)
    assert ended.stderr == ""
    assert int(ended.stdout) > 20
