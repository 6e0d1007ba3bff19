"""Which pipeline and run this process works on. Every line of its log says so."""

from collections.abc import Mapping

_now: dict[str, str] = {}


def at_work_on(*, pipeline: str, run: str | None = None) -> None:
    """From now on the process works on this pipeline, and on this run if there is one."""
    _now.clear()
    _now.update({"pipeline": pipeline} | ({"run": run} if run else {}))


def run_context() -> Mapping[str, str]:
    """``pipeline`` and ``run``, as far as they are known. All threads of the run get the same."""
    return dict(_now)
