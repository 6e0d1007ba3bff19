"""A fake Sanity: an HTTP server that answers as the vendor's documents say. It has met no real project.

    with FakeSanity() as sanity:
        ...  # sanity.settings(), sanity.dataset, sanity.log

Queries are evaluated by the vendor's own ``groq-js``. Beside each behaviour stands the document that it comes from:
"query" and "mutate" are the references of those two APIs, "perspectives", "ids" and "limits" the pages "Perspectives",
"IDs and paths" and "Technical limits"; "client" is the vendor's client (sanity-io/client), "sdk" its SDK
(sanity-io/sdk, ``submissionErrors``); "answers" are answers as people have reported them; what nobody says is marked as
assumed.
"""

import json
import re
import time
from collections import deque
from typing import Any, Final
from urllib.parse import urlencode

from fake_sanity_dataset import SYSTEM, FakeDataset, Json
from fake_server import Answer, Asked, FakeServer
from groq_evaluator import QueryError

from brandsync.cms.sanity import SanityCms

EDITOR: Final = "the-editors-token"
VIEWER: Final = "the-viewers-token"
PROJECT: Final = "p1234567"
LONGEST_QUERY: Final = 11_264
"""client: what is longer is posted."""
LARGEST_BODY: Final = 4_000_000
"""answers: "Request body exceeds limit of 4000000 bytes"."""
MUTATION: Final = "The mutation(s) failed: "


class FakeSanity(FakeServer):
    """The server, with one dataset in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.dataset = FakeDataset()
        self.private = False
        """Only tokens may read it."""
        self.mutations_a_second: int | None = None
        """limits: 25 from one address; none: as many as there are."""
        self._mutated: deque[float] = deque()
        self._transactions: set[str] = set()

    def __exit__(self, *exc: object) -> None:
        super().__exit__(*exc)
        self.dataset.documents.close()

    def settings(self, **others: Any) -> Json:
        """The ``[cms]`` section."""
        return {"project_id": PROJECT, "url": self.url, "token": EDITOR, **others}

    def asked(self, kind: str) -> list[Asked]:
        """The requests of one kind: ``query`` or ``mutate``."""
        return [asked for asked in self.log if f"/data/{kind}/" in asked.path]

    def writes(self, asked: Asked) -> bool:
        """A query that is posted changes nothing."""
        return "/mutate/" in asked.path and asked.query.get("dryRun") != "true"

    # What it answers.

    def refusal(self, asked: Asked) -> Answer | None:
        """query, mutate, limits."""
        if len(urlencode(asked.query)) > LONGEST_QUERY:
            return _error(414, "Request-URI Too Large")  # query: longer ones are posted; assumed: the status
        token = self._token(asked)
        if token not in {EDITOR, VIEWER, ""}:
            return _error(401, "Unauthorized", "Session not found")  # sdk
        if not token and self.private:
            return _error(401, "Unauthorized", "You are not authorized to read this dataset")  # assumed
        if "/mutate/" in asked.path and not self._within():
            # assumed: counted over any second; answers: retry-after in a 429
            return Answer(429, {"statusCode": 429, "error": "Too Many Requests"}, {"Retry-After": "1"})
        return None

    def route(self, asked: Asked) -> Answer:
        """HTTP API, "URL format": the version, then ``data``, the API and the dataset."""
        found = re.fullmatch(r"/v(\d{4}-\d{2}-\d{2})/data/(query|mutate)/([a-z0-9_-]+)", asked.path)
        if not found:
            return _error(404, "Not Found", f"No HTTP resource was found for {asked.path}")
        version, api, dataset = found.groups()
        if dataset != "production":  # answers
            return _error(404, "Not Found", f'Dataset "{dataset}" not found for project ID "{PROJECT}"')
        return self._query(asked, version) if api == "query" else self._mutate(asked)

    def _query(self, asked: Asked, version: str) -> Answer:
        """query: GET with each parameter as JSON, or POST of both."""
        if asked.method == "POST":
            query, params = asked.json["query"], asked.json["params"]
        else:
            query = asked.query["query"]
            params = {key[1:]: json.loads(value) for key, value in asked.query.items() if key.startswith("$")}
        # "With the release of API version 2025-02-19, the default perspective changed from raw to published"
        perspective = asked.query.get("perspective") or ("published" if version >= "2025-02-19" else "raw")
        try:
            result = self.dataset.documents.query(query, params, perspective)
        except QueryError as error:
            return Answer(400, {"error": {"description": str(error), "type": "queryParseError", "query": query}})
        return Answer(200, {"ms": 1, "query": query, "result": self._seen(result, asked)})

    def _seen(self, result: Any, asked: Asked) -> Any:
        """ids: without a token only what is under the root path. (Of a listing; nothing else is asked without one.)"""
        if self._token(asked) or not isinstance(result, dict):
            return result
        seen = [entry for entry in result["entries"] if "." not in entry["_id"]]
        counted = {"total": len(seen)} if result.get("total") == len(result["entries"]) else {}
        return result | {"entries": seen} | counted

    def _mutate(self, asked: Asked) -> Answer:
        if len(asked.body) > LARGEST_BODY:
            return _error(413, "Request Entity Too Large", f"Request body exceeds limit of {LARGEST_BODY} bytes")
        if self._token(asked) != EDITOR:  # answers
            return _failed(
                403, "insufficientPermissionsError", 'Insufficient permissions; permission "update" required'
            )
        transaction, patches = asked.json["transactionId"], [mutation["patch"] for mutation in asked.json["mutations"]]
        if transaction in self._transactions:  # mutate: "must be unique in the dataset"; sdk: this answer
            return Answer(409, {"error": {"type": "transactionAlreadyExistsError", "description": "already exists"}})
        changed: dict[str, Json] = {}
        for index, patch in enumerate(patches):
            if problem := self._problem(patch, index):
                return problem
            changed[patch["id"]] = _patched(
                {**self.dataset.documents[patch["id"]]} | changed.get(patch["id"], {}), patch
            )
        if asked.query.get("dryRun") != "true":  # mutate: all or none, and none in a dry run
            self._transactions.add(transaction)
            for document in changed.values():
                self.dataset.put(document, transaction)  # answers: the revision is the transaction's id
        results = [{"id": patch["id"], "operation": "update"} for patch in patches]
        return Answer(200, {"transactionId": transaction, "results": results})

    def _problem(self, patch: Json, index: int) -> Answer | None:
        """Why a patch can't be made."""
        key = patch["id"]
        document = self.dataset.documents.get(key)
        if document is None:  # answers; assumed: the status
            return _failed(404, "documentNotFoundError", f'The document with the ID "{key}" was not found', index)
        if "ifRevisionID" in patch and patch["ifRevisionID"] != document["_rev"]:  # answers
            return _failed(
                409, "documentRevisionIDDoesNotMatchError", f'Document "{key}" has unexpected revision ID', index
            )
        if self.dataset.is_locked(key):  # releases: locked; assumed: the answer
            return _failed(400, "mutationError", f'Document "{key}" is locked', index)
        if set(SYSTEM) & {*patch.get("set", {}), *patch.get("unset", [])}:  # mutate
            return _failed(400, "mutationError", "Cannot modify system fields", index)
        return None

    def _token(self, asked: Asked) -> str:
        return asked.headers.get("Authorization", "").removeprefix("Bearer ")

    def _within(self) -> bool:
        now = time.monotonic()
        while self._mutated and self._mutated[0] <= now - 1:
            self._mutated.popleft()
        if self.mutations_a_second and len(self._mutated) >= self.mutations_a_second:
            return False
        self._mutated.append(now)
        return True


def open_sanity(fake: FakeSanity, **settings: Any) -> SanityCms:
    """The CMS backend, of this dataset."""
    section = {"backend": "sanity", **fake.settings(**settings)}
    section = {name: value for name, value in section.items() if value is not None}
    return SanityCms(SanityCms.Settings.model_validate(section))


def _patched(document: Json, patch: Json) -> Json:
    """mutate: ``set`` and ``unset``, which the backend uses alone."""
    assert patch.keys() <= {"id", "ifRevisionID", "set", "unset"}
    document |= patch.get("set", {})
    return {name: value for name, value in document.items() if name not in patch.get("unset", [])}


def _error(status: int, error: str, message: str = "") -> Answer:
    return Answer(status, {"statusCode": status, "error": error, "message": message})


def _failed(status: int, kind: str, description: str, index: int = 0) -> Answer:
    """answers: how a transaction fails."""
    items = [{"error": {"description": description, "type": kind}, "index": index}]
    return Answer(status, {"error": {"description": MUTATION + description, "items": items, "type": "mutationError"}})
