"""How it has to end, however often a process has died."""

from crash_matrix import Matrix
from crash_model import assert_a_further_run_does_nothing, assert_in_line, assert_settled
from crash_shops import HTTP, View


def finish_sync(matrix: Matrix, mode: str, *, further: bool = True) -> None:
    """One more sync makes everything right, and a ``further`` one has nothing to do."""
    shop = matrix.shop
    matrix.work.remedy(shop)
    result = shop.run("sync", mode=mode).result
    assert result
    assert (result["exit_code"], result["kept"], result["failed"]) == (0, [], []), result
    view = shop.look()
    assert_settled(view)
    assert_in_line(matrix.before, view)
    assert view.structure == matrix.after.structure
    if further:
        assert_a_further_run_does_nothing(shop)


def finish_undo(matrix: Matrix, mode: str) -> None:
    """The same undo once more brings the state that it is to bring; a recovery brings that, or the one before.

    ``mode`` is how the undo recovers the dead one; with ``recover``, the command of that name comes first.
    """
    if mode == "recover":
        _recover(matrix)
    _undo_again(matrix, "rollback" if mode == "recover" else mode)
    view = matrix.shop.look()
    assert_settled(view)
    assert _as(matrix.after, view, matrix)


def _recover(matrix: Matrix) -> None:
    shop = matrix.shop
    result = shop.run("recover", "rollback").result
    assert result
    assert result["exit_code"] == 0, result
    view = shop.look()
    assert_settled(view)
    assert _as(matrix.before, view, matrix) or _as(matrix.after, view, matrix)


def _as(expected: View, view: View, matrix: Matrix) -> bool:
    if matrix.shop.place == HTTP:
        return view.by_name == expected.by_name
    return (view.both_sides, view.links) == (expected.both_sides, expected.links)


def _undo_again(matrix: Matrix, mode: str) -> None:
    """An undo that has done its work already is refused; one that was resumed half-way is finished."""
    shop, run = matrix.shop, matrix.argument
    result = shop.run("undo", run, mode=mode).result
    assert result
    if result["exit_code"] == 78:
        assert {known[0]: known[2] for known in shop.look().runs}[run] == "undone"
        _recover(matrix)  # the refusal comes before anything is written
        return
    assert (result["exit_code"], result["kept"], result["failed"]) == (0, [], []), result
