"""What a server may send at most fits into the memory that the pod has."""

import json
import os
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest
import yaml
from bad_server import Act, BadServer, whole

from brandsync.http.bounded import LARGEST_BODY, MOST_NODES
from brandsync.workflow.pages import MOST_ENTRIES

CRON_JOB = Path(__file__).parents[2] / "k8s" / "base" / "cronjob.yaml"
SPARE = 0.9
"""Of the limit: what else counts as the pod's memory, such as files that are being written."""
MEASURED = """
import atexit, re, sys
from pathlib import Path
from brandsync.cli import main
status = Path("/proc/self/status")
atexit.register(lambda: print("peak", re.search(r"VmHWM:\\s*(\\d+) kB", status.read_text())[1], file=sys.stderr))
main()
"""
"""What ``resource`` says begins with the memory of the process that started this one."""


def limit() -> int:
    """The pod's memory, in bytes."""
    job = yaml.safe_load(CRON_JOB.read_text("utf-8"))["spec"]["jobTemplate"]["spec"]
    text: str = job["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"]
    assert text.endswith("Mi")
    return int(text.removesuffix("Mi")) * 2**20


def odd_values(key: str) -> str:
    """Objects with keys and texts of their own, in the widest form that Python has for a text."""
    values = ",".join(f'{{"é{number}":"😀"}}' for number in range(MOST_NODES // 2 - 10))
    return f'[{{"id":"{key}","name":"x","more":[{values}]}}]'


def wide_text(key: str) -> str:
    """One text, four bytes a character."""
    return f'[{{"id":"{key}","name":"x","more":"😀{"x" * (LARGEST_BODY - 1_000)}"}}]'


def small_entries(key: str) -> str:
    """As many entries as a page may hold, none of which can be read."""
    return f'[{{"id":"{key}","name":"x"}},{",".join(["[]"] * (MOST_ENTRIES - 1))}]'


@pytest.mark.slow
@pytest.mark.parametrize("page", [odd_values, wide_text, small_entries])
def test_the_largest_pages_that_are_taken_fit_into_the_pods_memory(tmp_path: Path, page: object) -> None:
    numbers = count()

    def act(_method: str, _path: str) -> Act:
        number = next(numbers)
        if number == 4:
            return whole([])
        link = f'<{cms.url}/brands?page={number}>; rel="next"'
        return whole(page(str(number)).encode(), Link=link)  # type: ignore[operator]

    with BadServer(act) as cms:
        store = {"backend": "sql", "url": f"sqlite:///{tmp_path}/brands.db"}
        sections = {"cms": {"backend": "rest", "url": cms.url, "paging": "link"}, "store": store}
        lines = [
            f"[{name}]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in section.items())
            for name, section in sections.items()
        ]
        (tmp_path / "brandsync.toml").write_text("\n".join(lines), "utf-8")
        ended = subprocess.run(
            [sys.executable, "-c", MEASURED, "sync", "--dry-run"],
            cwd=tmp_path,
            env=os.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert ended.returncode in {0, 65}, ended.stderr
    peak = int(ended.stderr.split("peak ")[1]) * 1024
    assert peak < SPARE * limit(), f"{peak / 2**20:.0f} MB"
