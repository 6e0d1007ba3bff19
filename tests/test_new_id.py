"""New ids are ULIDs of now, and two are never the same."""

import os
import time

from ulid_transform import ulid_to_timestamp

from brandsync.new_id import new_id, next_id


def test_ids_hold_the_time_and_differ():
    before = int(time.time() * 1000)
    ids = {new_id() for _ in range(10_000)}
    assert len(ids) == 10_000
    assert all(len(one) == 26 and before <= ulid_to_timestamp(one) <= time.time() * 1000 for one in ids)


def test_a_process_that_has_forked_off_makes_others():
    new_id()
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, new_id().encode())
        os._exit(0)
    mine = new_id()
    assert os.read(reading, 26).decode()[10:] != mine[10:]


def test_the_next_id_sorts_right_after():
    assert next_id("01ARZ3NDEKTSV4RRFFQ69G5FAV") == "01ARZ3NDEKTSV4RRFFQ69G5FAW"
    assert next_id("01ARZ3NDEKTSV4RRFFQ69G5FAZ") == "01ARZ3NDEKTSV4RRFFQ69G5FB0"
