"""One run as a page for editors."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from brandsync.brand import decode
from brandsync.cli.new_page import write_page
from brandsync.cli.run_changes import SHOWN, batches, change, undone_by
from brandsync.journal import Batch, BatchKind, Journal, LinkChange, LinkRow, RunRecord
from brandsync.report.html.cards import BrandChange
from brandsync.report.html.history import RUNS
from brandsync.report.html.page import Contents, page
from brandsync.run.undo import find_run


def write_run_page(journal: Journal, prefix: str, target: Path) -> None:
    """Write the page of one run.

    Raises:
        ConfigError: no run matches the prefix, or more than one does; or the page can't be written there.
    """
    with journal.errors(), journal.reading() as there:
        run = find_run(there, prefix)
        contents = Contents(
            run=run,
            changes=islice(_changes(there, run), SHOWN),
            names=_names(there, [brand["cms_id"] for brand in (*run.skipped, *run.kept, *run.failed)]),
            latest=there.runs.latest(RUNS),
            undone_by=undone_by(there, run),
        )
        write_page(target, page(contents))


def _changes(journal: Journal, run: RunRecord) -> Iterator[BrandChange]:
    for entry in batches(journal, run):
        links = {link.cms_id: link for link in entry.batch.links}
        for row in entry.batch.rows:
            link = links.get(row.cms_id)
            name = _name(link.after, link.before) if link else None
            shown = change(entry, row)
            linked = _is_new(entry.batch, link)
            yield BrandChange(
                shown["action"], row.cms_id, name, shown["before"], shown["after"], entry.state, linked=linked
            )


def _is_new(batch: Batch, link: LinkChange | None) -> bool:
    """Whether an update has connected its brand with its entry."""
    if batch.kind is not BatchKind.UPDATE or link is None or link.after is None:
        return False
    return link.before is None or link.before.brand_id != link.after.brand_id


def _names(journal: Journal, cms_ids: Sequence[str]) -> dict[str, str]:
    """The last written names of brands, by their entries' ids."""
    links = journal.links.get(cms_ids)
    return {cms_id: name for cms_id, link in links.items() if (name := _name(link))}


def _name(*links: LinkRow | None) -> str | None:
    """The name that was last written, as the first link remembers it that remembers any."""
    written = (decode(link.written) for link in links if link and link.written)
    return next((fields["name"] for fields in written if fields.get("name")), None)
