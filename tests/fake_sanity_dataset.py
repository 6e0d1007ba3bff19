"""What a fake Sanity dataset holds, and what editors do to it. See ``fake_sanity``.

"drafts" is the vendor's document "Drafts and versions", "releases" are "Content release document flow" and "Scheduled
drafts", "ids" is "IDs and paths", "mutate" the "Mutation API reference". What no document says is marked as assumed.
"""

import copy
import itertools
from datetime import UTC, datetime
from typing import Any

from groq_evaluator import Documents

Json = dict[str, Any]
SYSTEM = ("_id", "_type", "_rev", "_createdAt", "_updatedAt")


class FakeDataset:
    """Published documents, drafts and versions side by side: all of them are documents, told apart by their ids."""

    def __init__(self) -> None:
        self.documents = Documents()
        self._numbers = itertools.count(1)

    # What editors do.

    def add(self, cms_id: str | None = None, *, type: str = "brand", **fields: Any) -> str:  # noqa: A002 - their word
        """Publish a new document."""
        cms_id = cms_id or f"d{next(self._numbers):05}"
        self.put({"_id": cms_id, "_type": type, **fields})
        return cms_id

    def save(self, cms_id: str, **fields: Any) -> None:
        """Type into a draft; the first key makes it, as a copy of what is published (drafts)."""
        draft = f"drafts.{cms_id}"
        self.put({**self.documents.get(draft, self.documents.get(cms_id, {"_type": "brand"})), "_id": draft, **fields})

    def publish(self, *ids: str) -> None:
        """The draft replaces what is published, as a whole (drafts). One without a draft has nothing to publish."""
        for cms_id in ids:
            if f"drafts.{cms_id}" in self.documents:
                self._promote(f"drafts.{cms_id}", cms_id)

    def discard(self, cms_id: str) -> None:
        """Throw the draft away."""
        self._drop(f"drafts.{cms_id}")

    def unpublish(self, cms_id: str) -> None:
        """What is published becomes the draft, where there is none yet."""
        if cms_id in self.documents:
            self.put(
                {**self.documents[cms_id], "_id": f"drafts.{cms_id}", **self.documents.get(f"drafts.{cms_id}", {})}
            )
            self._drop(cms_id)

    def edit(self, cms_id: str, **fields: Any) -> None:
        """Save and publish."""
        self.save(cms_id, **fields)
        self.publish(cms_id)

    def remove(self, cms_id: str) -> None:
        """Delete a document with its draft."""
        self._drop(cms_id, f"drafts.{cms_id}")

    def release(self, release: str, cms_id: str, **fields: Any) -> None:
        """Take a document into a release: another copy (releases)."""
        self.put({"_id": f"_.releases.{release}", "_type": "system.release", "name": release, "state": "active"})
        self.put({**self.documents[cms_id], "_id": f"versions.{release}.{cms_id}", **fields})

    def schedule(self, name: str, state: str = "scheduled") -> None:
        """Schedule a release, which locks its documents (releases)."""
        self.put({**self.documents[f"_.releases.{name}"], "state": state})

    def publish_release(self, name: str) -> None:
        """Each of its documents replaces what is published."""
        for key in [key for key in self.documents if key.startswith(f"versions.{name}.")]:
            self._promote(key, key.split(".", 2)[2])
        self.put({**self.documents[f"_.releases.{name}"], "state": "published"})

    def _promote(self, key: str, cms_id: str) -> None:
        self.put({**self.documents[key], "_id": cms_id})
        self._drop(key)

    # How it is kept.

    def _drop(self, *keys: str) -> None:
        for key in keys:
            if key in self.documents:
                del self.documents[key]

    def put(self, document: Json, transaction: str | None = None) -> None:
        """Keep a document: each change gives it a revision and a time (mutate). Assumed: a publication does so too."""
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        kept = {"_createdAt": now, **copy.deepcopy(document), "_updatedAt": now}
        self.documents[document["_id"]] = kept | {"_rev": transaction or f"rev{next(self._numbers)}"}

    def is_locked(self, key: str) -> bool:
        """Whether a document is one of a release that isn't open any more."""
        if not key.startswith("versions."):
            return False
        release = self.documents.get(f"_.releases.{key.split('.')[1]}", {"state": "active"})
        return release["state"] != "active"

    def published(self) -> list[Json]:
        """The brands that are published."""
        found = self.documents.items()
        return [document for key, document in found if document["_type"] == "brand" and not _waits(key)]

    def shown(self, name: str = "external_id") -> dict[str, Any]:
        """One field of every brand that is published."""
        return {document["_id"]: document.get(name) for document in self.published()}

    def waiting(self, name: str = "external_id") -> dict[str, Any]:
        """One field of every draft and version."""
        return {key: document.get(name) for key, document in self.documents.items() if _waits(key)}

    def drafted(self, name: str = "external_id") -> dict[str, Any]:
        """One field of every brand as its editor sees it: the draft, where there is one."""
        drafts = {
            key.removeprefix("drafts."): held for key, held in self.waiting(name).items() if key.startswith("drafts.")
        }
        return self.shown(name) | drafts

    def changed(self) -> set[str]:
        """The published brands that have a draft."""
        return {cms_id for cms_id in self.shown() if f"drafts.{cms_id}" in self.documents}

    def texts(self) -> dict[str, Json]:
        """Everything, but for the external ids and what Sanity keeps itself."""
        unseen = {*SYSTEM, "external_id"}
        return {
            key: {name: value for name, value in document.items() if name not in unseen}
            for key, document in self.documents.items()
        }


def _waits(key: str) -> bool:
    return key.startswith(("drafts.", "versions."))
