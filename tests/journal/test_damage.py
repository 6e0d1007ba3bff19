"""A value that cannot be read says so to whoever looks into it, and to nobody else."""

import pytest

from brandsync.errors import Unreadable
from brandsync.journal.damage import Damaged, damaged


@pytest.mark.parametrize("look", [lambda value: value["a"], list, len])
def test_whoever_looks_into_a_damaged_value_is_told(look):
    error = damaged("brandsync_run", "run R1", "`counts`", "put it right")
    with pytest.raises(Unreadable) as told:
        look(Damaged(error))
    assert told.value is error
    assert error.message == "the journal is damaged: in brandsync_run, `counts` of run R1 cannot be read"
    assert error.hint == "put it right"
