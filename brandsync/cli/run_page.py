"""One run as a page for editors. It replaces an older page in one move: a reader sees either the old one or the new."""

import os
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from secrets import token_hex

from brandsync.brand import decode
from brandsync.cli.run_changes import SHOWN, batches, change, undone_by
from brandsync.errors import ConfigError
from brandsync.journal import Batch, BatchKind, Journal, LinkChange, LinkRow, RunRecord
from brandsync.report.html.cards import BrandChange
from brandsync.report.html.history import RUNS
from brandsync.report.html.page import Contents, page
from brandsync.report.stream import write_bytes
from brandsync.run.undo import find_run

_SIGN = b'<meta name="generator" content="brandsync '
_BEGINNING = 2_000
"""How many first bytes of a page name its generator."""


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
    images = journal.uploads.fields()
    for entry in batches(journal, run):
        links = {link.cms_id: link for link in entry.batch.links}
        pictures = _pictures(journal, entry.batch, images)
        names = _names(journal, [*pictures])
        for row in entry.batch.rows:
            link = links.get(row.cms_id)
            name = _name(link.after, link.before) if link else names.get(row.cms_id)
            shown = change(entry, row)
            linked = _is_new(entry.batch, link)
            yield BrandChange(
                shown["action"],
                row.cms_id,
                name,
                shown["before"],
                shown["after"],
                entry.state,
                linked=linked,
                pictures=pictures.get(row.cms_id, {}),
            )


def _pictures(journal: Journal, batch: Batch, images: Collection[str]) -> dict[str, dict[str, str | None]]:
    """The pictures among what a batch has written, by entry: where the CMS has each, if it still is the brand's."""
    held = {row.cms_id: row for row in batch.rows if not {*row.before, *row.after}.isdisjoint(images)}
    found: dict[str, dict[str, str | None]] = {
        cms_id: {name: None for name in {**row.before, **row.after} if name in images} for cms_id, row in held.items()
    }
    for known in journal.images.of([*held]):
        if known.source and known.reference and known.reference == held[known.cms_id].after.get(known.field):
            found[known.cms_id][known.field] = known.source.partition("\n")[0]
    return found


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


def write_page(target: Path, pieces: Iterable[bytes]) -> None:
    """Write a page; ``-`` is stdout. The umask decides who may read it: a page is made to be published.

    Raises:
        ConfigError: it can't be written, or would replace a file that isn't one of brandsync's pages.
    """
    if str(target) == "-":
        for piece in pieces:
            write_bytes(sys.stdout, piece)
        return
    try:
        _require_replaceable(target)
        _replace(target, pieces)
    except OSError as error:
        raise ConfigError(
            f"{target}: cannot be written: {error.strerror}", hint="name a file in a directory that is there"
        ) from None


def _require_replaceable(target: Path) -> None:
    """Check the target: an older page may be replaced every night. A file of another kind is named by mistake."""
    if not os.path.lexists(target):
        return
    if target.is_file() and not target.is_symlink():
        with target.open("rb") as file:
            beginning = file.read(_BEGINNING)
        if not beginning or _SIGN in beginning:
            return
    raise ConfigError(
        f"{target}: is there already, and brandsync did not make it: nothing is overwritten",
        hint="name another file, or remove this one; `--html -` writes to stdout",
    )


def _replace(target: Path, pieces: Iterable[bytes]) -> None:
    new = target.with_name(f".{target.name}.{token_hex(4)}")
    descriptor = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - by its descriptor
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        new.replace(target)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise
