"""Checking both sides and the journal of each pipeline."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import stamina

from brandsync.backend import Finding
from brandsync.cli.ending import worst
from brandsync.cli.ephemeral import ephemeral_finding
from brandsync.cli.opening import opened, spelled
from brandsync.cms.interface import Cms
from brandsync.cms.moment import moment_findings
from brandsync.cms.optional import MissesChanges
from brandsync.config import Config, load_all
from brandsync.errors import BrandsyncError, ConfigError, Interrupted
from brandsync.monitoring.checking import notify_findings
from brandsync.report.interface import Report, Sheet
from brandsync.report.run_words import ending
from brandsync.report.words import number
from brandsync.run.incremental import wanted
from brandsync.run.pipeline import Pipeline
from brandsync.run.recovery import unsettled
from brandsync.run.sampling import sample
from brandsync.run.unexpected import ours


@dataclass(frozen=True, slots=True)
class Checked:
    """A finding, its part of the check, and the exit code that it asks for."""

    part: str
    """``configuration``, ``cms``, ``store``, ``journal`` or ``notify``."""
    finding: Finding
    exit_code: int


def check_all(report: Report, path: Path | None) -> int:
    """Check every pipeline. Returns the worst exit code. Everything that is wrong is reported as a finding.

    A failed request is not repeated: a person waits.
    """
    try:
        configs = load_all(path)
    except ConfigError as error:
        configs = [error]
    stamina.set_active(False)
    try:
        return worst([_check(report, config) for config in configs])
    finally:
        stamina.set_active(True)


def _check(report: Report, config: Config | ConfigError) -> int:
    name = None if isinstance(config, ConfigError) else config.name
    found = list(_guarded("configuration", lambda: _looked_at(config)))
    if isinstance(config, Config):
        found = [_spelled(config, checked) for checked in found]
    code = worst([checked.exit_code for checked in found])
    findings = [
        {"part": checked.part, "ok": checked.finding.ok, "what": checked.finding.what, "fix": checked.finding.fix}
        for checked in found
    ]
    sheet = Sheet(f"Check of {name or 'the configuration'}", ("", "part", "finding"), list(map(_row, found)))
    report.sheets([sheet], {"pipeline": name, "exit_code": code, "findings": findings})
    return code


def _spelled(config: Config, checked: Checked) -> Checked:
    finding = checked.finding
    return replace(checked, finding=replace(finding, fix=spelled(config, finding.fix)))


def _row(checked: Checked) -> tuple[str, str, str]:
    finding = checked.finding
    mark = "✗" if not finding.ok else "!" if finding.fix else "✓"
    return mark, checked.part, f"{finding.what}; {finding.fix}" if finding.fix else finding.what


def _looked_at(config: Config | ConfigError) -> Iterator[Checked | Finding]:
    if isinstance(config, ConfigError):
        raise config
    with opened(config, read_only=True) as pipeline:
        yield Finding(ok=True, what=f"{config.file or 'the environment'} is complete")
        yield from _parts(pipeline)


def _parts(pipeline: Pipeline) -> Iterator[Checked]:
    cms = list(_guarded("cms", pipeline.cms.check))
    store = list(_guarded("store", pipeline.store.check))
    in_journal = pipeline.config.sync.link == "journal"
    yield from (checked for checked in cms if not (in_journal and checked.finding.links))
    if wanted(pipeline) and _reached(cms):
        yield from _guarded("cms", lambda: moment_findings(pipeline.cms))
    yield _abilities("cms", _cms_abilities(pipeline.cms))
    yield from _guarded("cms", lambda: _unseen(pipeline))
    yield from store
    yield _abilities("store", asdict(pipeline.store.capabilities))
    if _reached(cms) and _reached(store):
        yield from _guarded("cms", lambda: sample(pipeline))
    yield from _guarded("journal", lambda: _journal(pipeline))
    yield from _guarded("notify", lambda: notify_findings(pipeline.config.notify))


def _reached(found: Sequence[Checked]) -> bool:
    return bool(found) and found[0].finding.ok


def _cms_abilities(cms: Cms) -> dict[str, Any]:
    links = cms.links
    return {
        "writes_links": links is not None,
        "changed_since": cms.changed_since,
        "link_batch": links.batch if links else 1,
        "link_threads": links.threads if links else 1,
    }


def _abilities(part: str, abilities: Mapping[str, Any]) -> Checked:
    """What a backend can do with its configuration."""
    words = (f"{name}={_shown(value)}" for name, value in abilities.items())
    return Checked(part, Finding(ok=True, what=f"capabilities: {' '.join(words)}"), 0)


def _unseen(pipeline: Pipeline) -> Iterator[Finding]:
    """What incremental runs don't see. Nothing if each night's run is complete, or every run is."""
    full_every = pipeline.config.sync.full_every
    if not pipeline.cms.changed_since or full_every < timedelta(days=1):
        return
    if isinstance(pipeline.cms, MissesChanges) and (unseen := pipeline.cms.unseen_changes()):
        days = number(full_every.days, "day")
        yield Finding(
            ok=True,
            what=f"incremental runs do not see {unseen}; complete runs do, and `full_every` is {days}",
            fix='set full_every = "12h" in [sync]: then each night\'s run is complete; or run `brandsync sync --full`',
        )


def _shown(value: Any) -> str:
    if value is None:
        return "unlimited"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(sorted(value)) or "nothing" if isinstance(value, frozenset | dict) else str(value)


def _guarded(part: str, check: Callable[[], Iterable[Checked | Finding]]) -> Iterator[Checked]:
    """The findings of one part, and of parts inside it; an error is its last finding."""
    try:
        for found in check():
            if isinstance(found, Checked):
                yield found
            else:
                yield Checked(part, found, 0 if found.ok else ConfigError.exit_code)
    except Interrupted:
        raise
    except Exception as error:  # noqa: BLE001 - the other parts are checked all the same
        yield from _failed(part, ours(error))


def _failed(part: str, error: BrandsyncError) -> Iterator[Checked]:
    """A finding for each line of the error: a line is one mistake. The last one says what to do."""
    *lines, last = error.message.splitlines() or [""]
    yield from (Checked(part, Finding(ok=False, what=line), error.exit_code) for line in lines)
    yield Checked(part, Finding(ok=False, what=last, fix=error.hint), error.exit_code)


def _journal(pipeline: Pipeline) -> Iterator[Finding]:
    journal, where = pipeline.journal, pipeline.journal_place
    problems = pipeline.journal_problems()
    if not journal.exists() or journal.where == "memory":
        yield from problems or [Finding(ok=True, what=f"the journal will be made by the first run, in {where}")]
        return
    with journal.errors():
        last = journal.runs.latest(1)
        dead, at_work = journal.runs.unfinished(), journal.at_work()
    status = f"its last run, {last[0].id}: {ending(last[0])}" if last else "it holds no run yet"
    yield Finding(ok=True, what=f"the journal is in {where}; {status}")
    yield from problems
    for run in dead:
        if run.id == at_work:
            yield Finding(ok=True, what=f"run {run.id} is at work")
        else:
            settle = f"settle it first: `{pipeline.config.command('recover')}`"
            yield Finding(ok=True, what=f"run {run.id} {unsettled(run)}", fix=settle)
    if lost := ephemeral_finding(pipeline):
        yield lost
