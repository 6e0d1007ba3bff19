"""Checking both sides and the journal of each pipeline."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import stamina

from brandsync.backend import Finding
from brandsync.cli.ending import worst
from brandsync.cli.ephemeral import ephemeral_warning
from brandsync.cms.interface import Cms
from brandsync.cms.moment import moment_findings
from brandsync.cms.optional import MissesChanges
from brandsync.config import Config
from brandsync.errors import BrandsyncError, ConfigError, Interrupted
from brandsync.monitoring.checking import notify_findings
from brandsync.report.interface import Report, Sheet
from brandsync.run.incremental import wanted
from brandsync.run.pipeline import Pipeline
from brandsync.run.recovery import unsettled
from brandsync.run.sampling import sample
from brandsync.run.unexpected import bug
from brandsync.stores.interface import BrandStore


@dataclass(frozen=True, slots=True)
class Checked:
    """A finding, its part of the check, and the exit code that it asks for."""

    part: str
    """``configuration``, ``cms``, ``store``, ``journal`` or ``notify``."""
    finding: Finding
    exit_code: int


def check(report: Report, load: Callable[[], Sequence[Config | ConfigError]]) -> int:
    """Check every pipeline. Returns the worst exit code. Everything that is wrong is reported as a finding.

    A failed request is not repeated: a person waits.
    """
    try:
        configs = load()
    except ConfigError as error:
        configs = [error]
    stamina.set_active(False)
    try:
        return worst([_check(report, config) for config in configs])
    finally:
        stamina.set_active(True)


def _check(report: Report, config: Config | ConfigError) -> int:
    name = None if isinstance(config, ConfigError) else config.name
    found = list(_found(config))
    code = worst([checked.exit_code for checked in found])
    findings = [{"part": checked.part, **_told(checked.finding)} for checked in found]
    document = {"pipeline": name, "exit_code": code, "findings": findings}
    report.sheets([_sheet(name or "the configuration", found)], document)
    return code


def _told(finding: Finding) -> dict[str, Any]:
    return {"ok": finding.ok, "what": finding.what, "fix": finding.fix}


def _sheet(pipeline: str, found: Sequence[Checked]) -> Sheet:
    rows = [(_mark(checked.finding), checked.part, _text(checked.finding)) for checked in found]
    return Sheet(f"Check of {pipeline}", ("", "part", "finding"), rows)


def _mark(finding: Finding) -> str:
    if not finding.ok:
        return "✗"
    return "!" if finding.fix else "✓"


def _text(finding: Finding) -> str:
    return f"{finding.what}; {finding.fix}" if finding.fix else finding.what


def _found(config: Config | ConfigError) -> Iterator[Checked]:
    if isinstance(config, ConfigError):
        yield from _failed("configuration", config)
        return
    try:
        with closing(Pipeline.open(config, read_only=True)) as pipeline:
            file = config.file or "the environment"
            yield Checked("configuration", Finding(ok=True, what=f"{file} is complete"), 0)
            yield from _looked_at(pipeline)
    except Interrupted:
        raise
    except BrandsyncError as error:
        yield from _failed("configuration", error)
    except Exception as error:  # noqa: BLE001 - a finding as well
        yield from _failed("configuration", bug(error))


def _looked_at(pipeline: Pipeline) -> Iterator[Checked]:
    cms, store = (list(_guarded(part, side.check)) for part, side in _sides(pipeline))
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


def _sides(pipeline: Pipeline) -> Iterator[tuple[str, Cms | BrandStore]]:
    yield "cms", pipeline.cms
    yield "store", pipeline.store


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
        days = f"{full_every.days} day{'s' * (full_every.days > 1)}"
        yield Finding(
            ok=True,
            what=f"incremental runs do not see {unseen}; complete runs do, and `full_every` is {days}",
            fix='set full_every = "12h" in [sync]: then each night\'s run is complete; or run `brandsync sync --full`',
        )


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(sorted(value)) or "nothing" if isinstance(value, frozenset | dict) else str(value)


def _guarded(part: str, check: Callable[[], Iterable[Finding]]) -> Iterator[Checked]:
    """The findings of one part; an error is its last finding."""
    try:
        for finding in check():
            yield Checked(part, finding, 0 if finding.ok else ConfigError.exit_code)
    except Interrupted:
        raise
    except BrandsyncError as error:
        yield from _failed(part, error)
    except Exception as error:  # noqa: BLE001 - the other parts are checked all the same
        yield from _failed(part, bug(error))


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
    status = f"its last run, {last[0].id}, is {last[0].status.replace('_', ' ')}" if last else "it holds no run yet"
    yield Finding(ok=True, what=f"the journal is in {where}; {status}")
    yield from problems
    for run in dead:
        if run.id == at_work:
            yield Finding(ok=True, what=f"run {run.id} is at work")
        else:
            settle = f"settle it first: `{pipeline.config.command('recover')}`"
            yield Finding(ok=True, what=f"run {run.id} {unsettled(run)}", fix=settle)
    warning = ephemeral_warning(pipeline)
    if warning:
        yield Finding(ok=True, what=warning[0], fix=warning[1])
