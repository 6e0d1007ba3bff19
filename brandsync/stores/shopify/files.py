"""Pictures in a shop's files (shopify.dev/docs/api/admin-graphql/2026-10/mutations/filecreate).

A file is sent to another host first, then made from there, and then processed, which takes seconds. Shopify chooses its
id. Its name is ours, and made of its bytes: with ``RAISE_ERROR``, no name is ever taken twice, so that a creation can
be repeated. ``fileUpdate`` and ``REPLACE`` are never used: they change a file wherever it is shown.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from brandsync.brand.image import GIF, HEX, JPEG, PNG, SVG, WEBP, ImageFile
from brandsync.errors import Rejected, TryAgainLater, Unreadable
from brandsync.http import wait_while
from brandsync.json_reading import at, objects
from brandsync.observing.excerpt import excerpt
from brandsync.stores.id_form import IdForm
from brandsync.stores.images import ImageLimits
from brandsync.stores.refusal import Refused, refused_as
from brandsync.stores.shopify import documents
from brandsync.stores.shopify.graphql import Data, GraphQL, Request
from brandsync.stores.shopify.reference import reference
from brandsync.stores.shopify.staging import Staging

LIMITS: Final = ImageLimits(types=(PNG, JPEG, GIF, WEBP, SVG), largest=20_000_000, threads=8)
"""help.shopify.com: 20 MB. Shopify refuses pictures of more than 25 megapixels itself."""
SCOPES: Final = ("read_files", "write_files")
IDS: Final = IdForm("gid://shopify/[A-Za-z0-9]+/[1-9][0-9]{0,19}", "a file of Shopify")
READY_WITHIN: Final = 300.0
"""Seconds within which Shopify must have processed a picture."""
FOUND_WITHIN: Final = 15.0
"""Seconds for which its search, which lags behind, is asked again."""
PAUSES: Final = (0.5, 8.0)
"""Seconds between two looks: at first, and at most. Each pause is twice the last one."""
_TAKEN: Final = frozenset({"FILENAME_ALREADY_EXISTS", "DUPLICATE_FILENAME_ERROR"})
_BUSY: Final = frozenset({"FILE_LOCKED", "NON_READY_STATE"})

File = Mapping[str, Any]


class Files:
    """The calls. Each raises what ``GraphQL`` raises."""

    def __init__(self, graphql: GraphQL, staging: Staging) -> None:
        self._graphql = graphql
        self._staging = staging

    def upload(self, file: ImageFile) -> str:
        """Keep a picture, unless the shop has it, and wait until it is processed; returns its reference.

        Raises:
            Rejected: Shopify refuses it, or can't process it.
            TryAgainLater: it has not processed it within ``READY_WITHIN``.
        """
        staged = self._staged(file)
        sent = {
            "originalSource": staged,
            "filename": file.name,
            "contentType": "IMAGE",
            "duplicateResolutionMode": "RAISE_ERROR",
        }
        try:
            told = self._mutation("fileCreate", documents.CREATE_FILES, {"files": [sent]})
            return self._ready(next(iter(objects(told.get("files"))), None), file)
        except Refused as refused:
            if refused.code not in _TAKEN:
                raise
        found = self._again(lambda: self._named(file.name, file.fingerprint))
        if found is None:
            raise TryAgainLater(f"Shopify has a file {file.name}, and its search doesn't find it yet")
        return self._ready(found, file)

    def find(self, name: str, fingerprint: str) -> str | None:
        """The reference of the file of this name, processed or not; none if the search doesn't know it."""
        found = self._named(name, fingerprint)
        return reference(found["id"], at(found, "image", "url"), name) if found else None

    def remove(self, gid: str) -> bool:
        """Delete a file for good; false if something in the shop uses it, as far as Shopify's search tells.

        Raises:
            TryAgainLater: it is just being processed.
        """
        if self._look(IDS.checked(gid)) is None:
            return True
        query = f"id:{gid.rpartition('/')[2]} used_in:none"
        if not self._again(lambda: any(one["id"] == gid for one in self._search(query))):
            return False
        self._delete(gid)
        return True

    def _staged(self, file: ImageFile) -> str:
        """Send a file to where Shopify can fetch it; returns its address there."""
        asked = {"filename": file.name, "mimeType": file.type.mime, "fileSize": str(file.size)}
        sent = {"input": [{**asked, "resource": "IMAGE", "httpMethod": "POST"}]}
        told = self._mutation("stagedUploadsCreate", documents.STAGE, sent)
        target: Data = next(iter(objects(told.get("stagedTargets"))), {})
        url, there = target.get("url"), target.get("resourceUrl")
        if not (isinstance(url, str) and isinstance(there, str)):
            raise Unreadable("Shopify doesn't say where to send a file")
        parameters = {str(one.get("name")): str(one.get("value")) for one in objects(target.get("parameters"))}
        self._staging.send(url, parameters, file)
        return there

    def _ready(self, made: File | None, file: ImageFile) -> str:
        """Wait until a file is processed; returns its reference. One that can't be processed is deleted.

        Raises:
            Refused: it can't be processed; with the code.
        """
        until, pause = time.monotonic() + READY_WITHIN, PAUSES[0]
        while made:
            gid, url = made["id"], at(made, "image", "url")
            if made["fileStatus"] == "READY" and isinstance(url, str):
                return reference(gid, url)
            if made["fileStatus"] == "FAILED":
                with suppress(Rejected, TryAgainLater):
                    self._delete(gid)
                raise _failed(made)
            if time.monotonic() > until:
                raise TryAgainLater(f"Shopify has not processed {file.name} within {READY_WITHIN:.0f} s")
            self._sleep(pause)
            pause = min(2 * pause, PAUSES[1])
            made = self._look(gid)
        raise TryAgainLater(f"Shopify doesn't say what became of the file {file.name}")

    def _again(self, look: Callable[[], Any]) -> Any:
        """What the search finds at last: it may lag behind by seconds."""
        until, pause = time.monotonic() + FOUND_WITHIN, PAUSES[0]
        while not (found := look()) and time.monotonic() + pause < until:
            self._sleep(pause)
            pause = min(2 * pause, PAUSES[1])
        return found

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        why = "Shopify processed a picture"
        wait_while(lambda: until - time.monotonic(), self._graphql.http.asked_to_stop, why)

    def _look(self, gid: str) -> File | None:
        data = self._ask(Request("file", documents.FILE, {"ids": [gid]}, 3))
        return next(iter(_files(data.get("nodes"))), None)

    def _named(self, name: str, fingerprint: str) -> File | None:
        """The file of a name. The search may find others: one that is processed tells its name in its address."""
        found = self._search(f'filename:"{name}"')
        known = (one for one in found if fingerprint[:HEX] in reference(one["id"], at(one, "image", "url"), name))
        return next(known, None)

    def _search(self, query: str) -> list[File]:
        return _files(at(self._ask(Request("files", documents.FIND_FILES, {"query": query}, 14)), "files", "nodes"))

    def _delete(self, gid: str) -> None:
        try:
            self._mutation("fileDelete", documents.DELETE_FILES, {"ids": [gid]})
        except Refused as refused:
            if refused.code in _BUSY:
                raise TryAgainLater(refused.message) from None
            if refused.code != "FILE_DOES_NOT_EXIST":
                raise

    def _mutation(self, name: str, document: str, variables: Data) -> Data:
        """What a mutation answers. Each may be repeated: a second file of one name is refused.

        Raises:
            Refused: Shopify refuses it; with the code.
        """
        told = self._ask(Request(name, document, variables, 12, writes=True)).get(name)
        if not (isinstance(told, dict) and isinstance(told.get("userErrors"), list)):
            raise Unreadable(f"Shopify doesn't say what became of {name}")
        for error in objects(told["userErrors"]):
            said = excerpt(self._graphql.http.masked(str(error.get("message") or "no reason given")), 200)
            code = str(error.get("code") or "unknown")
            raise Refused(f"Shopify refuses the file: {said} ({code})", code=code)
        return told

    def _ask(self, request: Request) -> Data:
        with refused_as("the app may not keep pictures", f"give it the scopes {' and '.join(SCOPES)} as well"):
            return self._graphql.ask(request)


def _files(nodes: object) -> list[File]:
    """The files among nodes: an id may be none's."""
    found = [node for node in objects(nodes) if node]
    if all(isinstance(node.get("id"), str) and isinstance(node.get("fileStatus"), str) for node in found):
        return [*found]
    raise Unreadable("Shopify answers with something that is no file where one should be")


def _failed(made: File) -> Refused:
    errors = objects(made.get("fileErrors"))
    codes = [str(error.get("code")) for error in errors] or ["unknown"]
    said = excerpt(" ".join(str(error.get("message") or "") for error in errors).strip() or "no reason given", 200)
    return Refused(f"Shopify can't process the file: {said} ({', '.join(codes)})", code=codes[0])
