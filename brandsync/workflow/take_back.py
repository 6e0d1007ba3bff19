"""Taking a batch back: a value is restored only where the other side still holds what brandsync wrote."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from brandsync.brand import Fields
from brandsync.errors import BrandsyncError
from brandsync.journal import Batch, Row
from brandsync.workflow.engine import Failed, Kept, Outcome
from brandsync.workflow.external_ids import ExternalIds
from brandsync.workflow.settle import Settling
from brandsync.workflow.writer import Writer, holds


@dataclass(slots=True)
class Classified:
    """What has to be written to take a batch back, and what must not be."""

    write: list[Row] = field(default_factory=list)
    already: list[Row] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Takes batches back, in a rollback, a recovery or an undo. Repeating it is harmless."""

    writer: Writer
    external_ids: ExternalIds
    settling: Settling

    def __call__(self, batch: Batch) -> Outcome:
        """Take one batch back; one brand's failure never stops the others."""
        settled, outcome = self.settling.ids(batch)
        inverse = settled.inverse()
        try:
            outcome.add(self.apply(inverse, self.classify(inverse)))
        except BrandsyncError as error:
            outcome.failed += [Failed(row, error.message) for row in inverse.rows]
        return outcome

    def classify(self, inverse: Batch) -> Classified:
        """Read back what is there, and sort the rows of an inverse batch. Writes nothing."""
        if inverse.kind == "link":
            current = self.external_ids.of(inverse.rows)
            return _sort(inverse.rows, lambda row: current.get(row.cms_id), _classify_link)
        found = self.writer.current(inverse.rows)
        return _sort(inverse.rows, lambda row: found.get(row.brand_id or ""), _RULES[inverse.kind])

    def apply(self, inverse: Batch, rows: Classified) -> Outcome:
        """Write what a classification found."""
        write: dict[str, Callable[[Sequence[Row]], Outcome]] = {
            "uncreate": self.writer.uncreate,
            "delete": self.writer.delete,
            "restore": self.writer.restore,
            "update": self.writer.update,
            "link": self.writer.link,
        }
        outcome = write[inverse.kind](rows.write)
        outcome.already += rows.already
        outcome.kept += rows.kept
        return outcome


_Rule = Callable[[Row, Fields | None, Classified], None]


def _sort(rows: Sequence[Row], current: Callable[[Row], Fields | None], rule: _Rule) -> Classified:
    classified = Classified()
    for row in rows:
        rule(row, current(row), classified)
    return classified


def _classify_removal(row: Row, found: Fields | None, into: Classified) -> None:
    if found is None:
        into.already.append(row)
    elif holds(found, row.before):
        into.write.append(row)
    else:
        into.kept.append(Kept(row, found))


def _classify_restoration(row: Row, found: Fields | None, into: Classified) -> None:
    if found is None:
        into.write.append(row)
    elif holds(found, row.after):
        into.already.append(row)
    else:
        into.kept.append(Kept(row, found))


def _classify_update(row: Row, found: Fields | None, into: Classified) -> None:
    """Field by field: one that a person has edited since doesn't keep the others from being restored."""
    if found is None:
        into.kept.append(Kept(row, {}))
        return
    ours = [name for name, value in row.before.items() if found.get(name) == value and row.after[name] != value]
    edited = [name for name in row.before if name not in ours and found.get(name) != row.after[name]]
    if edited:
        into.kept.append(Kept(row, {name: found.get(name) for name in edited}))
    elif not ours:
        into.already.append(row)
    if ours:
        into.write.append(_part(row, ours))


def _classify_link(row: Row, found: Fields | None, into: Classified) -> None:
    if found is None:
        into.already.append(row)
    else:
        _classify_update(row, found, into)


def _part(row: Row, names: Sequence[str]) -> Row:
    return replace(
        row,
        before={name: row.before[name] for name in names},
        after={name: row.after[name] for name in names},
    )


_RULES: dict[str, _Rule] = {
    "uncreate": _classify_removal,
    "delete": _classify_removal,
    "restore": _classify_restoration,
    "update": _classify_update,
}
