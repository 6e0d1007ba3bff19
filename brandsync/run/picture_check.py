"""What ``check`` finds of pictures: it fetches one of each field, as a run does and as the shop's visitors do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from brandsync.backend import Finding
from brandsync.brand.image import NoImage
from brandsync.cms.downloads import NotFetched
from brandsync.cms.file_addresses import is_below, is_for_examples, is_web_address
from brandsync.cms.images import ImageReader
from brandsync.cms.mapping import EntryMapping
from brandsync.cms.path import lenient, reader
from brandsync.errors.plural import counted, sized
from brandsync.observing.excerpt import excerpt
from brandsync.run.pipeline import Pipeline
from brandsync.stores.images import KeepsImages
from brandsync.workflow.look_at_images import sight_of

_ADDRESS: Final = "logo_url"
"""The field that holds the address of a picture for the shop's visitors."""


@dataclass(slots=True)
class _Seen:
    """What the entries hold in one field."""

    entry: str = ""
    address: str | None = None
    """The first one, and the entry that has it."""
    filled: int = 0
    wrong: int = 0
    """How many entries hold anything, and how many of these something else than an address."""
    first_wrong: str = ""


class PictureCheck:
    """Looks for pictures in entries, and fetches one of each field."""

    def __init__(self, pipeline: Pipeline) -> None:
        settings = pipeline.cms.settings
        self._pipeline = pipeline
        self._base = getattr(settings, "url", "")
        self._images = ImageReader(settings)
        self._id_of = EntryMapping(settings).id_of
        self._path = settings.fields.logo_url
        self._logo = lenient(reader(self._path.value, self._base)) if self._path else None
        self._seen = {name: _Seen() for name in (*self._images.fields, _ADDRESS)}

    def add(self, entries: Sequence[Any]) -> None:
        """Look at raw entries."""
        for source in self._images.of(entries):
            if source.address or source.problem:
                self._note(source.field, source.cms_id, source.address, source.problem)
        for raw in entries if self._logo else ():
            value, cms_id = self._logo and self._logo(raw), self._id_of(raw)
            if cms_id and isinstance(value, str) and value:
                whole = is_web_address(value)
                self._note(_ADDRESS, cms_id, value if whole else None, None if whole else f'is "{excerpt(value)}"')

    def _note(self, field: str, cms_id: str, address: str | None, problem: str | None) -> None:
        seen = self._seen[field]
        seen.filled += 1
        if address and not seen.address:
            seen.entry, seen.address = cms_id, address
        if problem:
            seen.first_wrong = seen.first_wrong or f"of entry {cms_id} {problem}"
            seen.wrong += 1

    def findings(self) -> Iterator[Finding]:
        """What is found of each field that any entry fills."""
        for field, seen in self._seen.items():
            if seen.wrong:
                yield self._wrong(field, seen)
            if seen.address and is_for_examples(seen.address):
                yield Finding(ok=True, what=f"`{field}` leads to a server that is there for examples: it is not asked")
            elif seen.address:
                shown = f"the picture in `{field}` of entry {seen.entry}"
                yield (self._visited if field == _ADDRESS else self._fetched)(shown, field, seen.address)

    def _wrong(self, field: str, seen: _Seen) -> Finding:
        what = f"`{field}` {seen.first_wrong}"
        if seen.wrong > 1:
            what += f" (and {counted(seen.wrong - 1, 'entry')} more of {seen.filled})"
        if field != _ADDRESS or self._path is None:
            return Finding(ok=bool(seen.address), what=what, fix=f"check `{field}` in [cms.fields]")
        path = self._path.value
        if self._base:
            fix = f'complete it with the address of the CMS: {field} = "absolute({path})" in [cms.fields]'
        else:
            fix = (
                f"write whole addresses; or complete them: {field} = \"join('', ['https://cms.example.com', {path}])\""
            )
        return Finding(ok=False, what=f"{what}: no browser knows on which server that is", fix=fix)

    def _fetched(self, shown: str, field: str, address: str) -> Finding:
        """One that brandsync copies. Visitors need not see it where the CMS has it."""
        store = self._pipeline.store
        assert isinstance(store, KeepsImages)  # `check_fields` has refused others
        sight = sight_of(self._pipeline.image_files(), store.images, address)
        if sight.unreachable:
            return Finding(ok=False, what=f"{shown} can't be fetched: {sight.unreachable}", fix=self._let_read(address))
        if not sight.fingerprint:
            fix = f"check `{field}` in [cms.fields]: it must lead to the picture's file"
            return Finding(ok=False, what=f"{shown} {sight.refused}", fix=fix)
        if sight.refused:
            fix = "such a picture is left out (image_refused), and its brand is synced: give it another in the CMS"
            return Finding(ok=True, what=f"{shown} {sight.refused}", fix=fix)
        what = f"{shown} can be fetched ({sight.extension.upper()}, {sized(sight.size)})"
        if is_below(address, self._base) and (problem := self._hidden(address)):
            what += f", with the CMS's credentials alone: {problem}. The store gets a copy that visitors see"
        return Finding(ok=True, what=what)

    def _let_read(self, address: str) -> str:
        if is_below(address, self._base):
            return "let the credentials of [cms] read the CMS's files"
        return "let its server hand it out to brandsync, without credentials; or map another address"

    def _hidden(self, address: str) -> str | None:
        """Why the shop's visitors can't see a file, or none."""
        try:
            self._pipeline.image_files().look(address, as_visitor=True)
        except NotFetched as problem:
            return str(problem)
        except NoImage as problem:
            return f"for a visitor it {problem}"
        return None

    def _visited(self, shown: str, field: str, address: str) -> Finding:
        """One that visitors fetch from where it is."""
        try:
            found = self._pipeline.image_files().look(address, as_visitor=True)
        except NotFetched as problem:
            return Finding(ok=False, what=f"{shown} can't be seen by visitors: {problem}", fix=self._show(address))
        except NoImage as problem:
            return Finding(ok=True, what=f"{shown} {problem}", fix=f"see whether `{field}` should lead there")
        what = f"{shown} can be seen by visitors ({found.type.extension.upper()}, {sized(found.size)})"
        return Finding(ok=True, what=what)

    def _show(self, address: str) -> str:
        own = is_below(address, self._base)
        fix = self._pipeline.cms.public_files if own else "correct the address, or let its server show it to everybody"
        if isinstance(self._pipeline.store, KeepsImages):
            fix += '; or map it as an image (`type = "image"`), of which the store keeps a copy'
        return fix
