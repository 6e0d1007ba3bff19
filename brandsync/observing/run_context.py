"""Which pipeline and run this process is at work on: what every line of its log says of itself."""

from collections.abc import Mapping

_now: dict[str, str] = {}


def at_work_on(*, pipeline: str, run: str | None = None) -> None:
    """From now on the process works on this pipeline, and on this run where there is one."""
    _now.clear()
    _now.update({"pipeline": pipeline} | ({"run": run} if run else {}))


def run_context() -> Mapping[str, str]:
    """``pipeline`` and ``run``, so far as they are known. Threads of the run are told the same."""
    return dict(_now)
