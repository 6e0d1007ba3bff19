"""The files of the fake Shopify shop, and the host that they are sent to first.

"schema" is what the vendor's schema says of a field or an error. Nothing here is recorded from a real shop: what the
schema doesn't say is marked as assumed.
"""

import re
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, Final
from urllib.parse import quote

from fake_server import Answer, Asked, FakeServer
from fake_shopify_entries import UserError

TYPES: Final = {"png", "jpg", "gif", "webp", "svg"}
"""Extensions that it processes. Assumed: it goes by the name."""

File = dict[str, Any]


class FakeStaging(FakeServer):
    """The host of staged uploads: Google's, which knows nothing of the shop."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: set[str] = set()
        """The keys that were given out."""
        self.held: dict[str, bytes] = {}

    def route(self, asked: Asked) -> Answer:
        """A form (POST policy of Google Cloud Storage): the policy's parameters must precede the file."""
        assert "X-Shopify-Access-Token" not in asked.headers, "the token went to another host"
        assert "Authorization" not in asked.headers
        head = f"Content-Type: {asked.headers['Content-Type']}\r\n\r\n".encode()
        parts = [*BytesParser(policy=HTTP).parsebytes(head + asked.body).iter_parts()]  # type: ignore[attr-defined]
        form = {part.get_param("name", header="content-disposition"): part.get_payload(decode=True) for part in parts}
        assert [*form][-1] == "file", "what follows the file is ignored"
        key = form["key"].decode()
        if key not in self.targets or form["policy"] != b"signed":
            return Answer(403, "<Error><Code>AccessDenied</Code></Error>", kind="application/xml")
        self.held[key] = form["file"]
        return Answer(201, f"<PostResponse><Key>{key}</Key></PostResponse>", kind="application/xml")


@dataclass
class Files:
    """The files by id."""

    staging: FakeStaging
    by_id: dict[str, File] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    """Files that products, themes or people's pages show."""
    looks: int = 1
    """How many looks at a file it takes until it is processed."""
    failing: dict[str, str] = field(default_factory=dict)
    """The codes with which files fail, by name."""
    late: int = 0
    """So many searches still find nothing of what is new. Reported: community.shopify.com, t/73159."""
    late_clash: bool = False
    """A name that is taken shows only when the file is processed: the schema has a code for either."""
    made: int = 500

    @property
    def contents(self) -> dict[str, bytes]:
        """What people see: the files by their names."""
        return {one["name"]: one["content"] for one in self.by_id.values()}

    def add(self, name: str, content: bytes = b"") -> str:
        """A file that somebody else has made; returns its id."""
        self.made += 1
        gid = f"gid://shopify/MediaImage/{self.made}"
        self.by_id[gid] = {"id": gid, "name": name, "content": content, "fileStatus": "READY", "looks": 0, "code": ""}
        return gid

    def stage(self, input: list[File]) -> File:  # noqa: A002
        """``stagedUploadsCreate``. Assumed: the parameters' names, which are Google's."""
        targets = []
        for one in input:
            assert (one["resource"], one["httpMethod"]) == ("IMAGE", "POST")
            key = f"tmp/{len(self.staging.targets)}/{one['filename']}"
            self.staging.targets.add(key)
            form = {"key": key, "policy": "signed", "Content-Type": one["mimeType"], "success_action_status": "201"}
            parameters = [{"name": name, "value": value} for name, value in form.items()]
            url = f"{self.staging.url}/shopify-staged-uploads/"
            targets.append({"url": url, "resourceUrl": url + key, "parameters": parameters})
        return {"stagedTargets": targets}

    def create(self, files: list[File]) -> File:
        """``fileCreate``. Assumed: which of the two codes it has for a name that is taken; the order of the checks."""
        (one,) = files
        assert (one["contentType"], one["duplicateResolutionMode"]) == ("IMAGE", "RAISE_ERROR")
        name, source = one["filename"], one["originalSource"]
        if name.rpartition(".")[2] != source.rpartition(".")[2]:
            raise FilesError("MISMATCHED_FILENAME_AND_ORIGINAL_SOURCE", "The extensions differ")
        taken = any(other["name"] == name for other in self.by_id.values())
        if taken and not self.late_clash:
            raise FilesError("FILENAME_ALREADY_EXISTS", f"A file named {name} already exists")
        key = source.partition("/shopify-staged-uploads/")[2]
        content = self.staging.held.get(key)
        gid = self.add(name, content or b"")
        made = self.by_id[gid]
        made |= {"fileStatus": "UPLOADED", "looks": self.looks}
        if content is None:
            made["code"] = "IMAGE_DOWNLOAD_FAILURE"
        elif taken:
            made |= {"code": "DUPLICATE_FILENAME_ERROR", "name": f"{name}~"}
        elif name.rpartition(".")[2] not in TYPES:
            made["code"] = "UNSUPPORTED_IMAGE_FILE_TYPE"
        else:
            made["code"] = self.failing.get(name, "")
        return {"files": [self.shown(gid)]}

    def delete(self, fileIds: list[str]) -> File:  # noqa: N803
        """``fileDelete``. schema: files that are just being processed are refused."""
        for gid in fileIds:
            if gid not in self.by_id:
                raise FilesError("FILE_DOES_NOT_EXIST", f"File id {gid} does not exist.")
            if self.by_id[gid]["fileStatus"] in {"UPLOADED", "PROCESSING"}:
                raise FilesError("FILE_LOCKED", "The file is being processed")
        for gid in fileIds:
            del self.by_id[gid]
            self.deleted.add(gid)
        return {"deletedFileIds": fileIds}

    def look(self, gid: str) -> File | None:
        """A node. Each look takes the processing a step further."""
        if gid not in self.by_id:
            return None
        one = self.by_id[gid]
        if one["fileStatus"] in {"UPLOADED", "PROCESSING"}:
            one["looks"] -= 1
            done = "FAILED" if one["code"] else "READY"
            one["fileStatus"] = "PROCESSING" if one["looks"] > 0 else done
        return self.shown(gid)

    def shown(self, gid: str) -> File:
        """schema: no image until it is ready. Assumed: the address's form, which other people's pages show."""
        one, code = self.by_id[gid], self.by_id[gid]["code"]
        failed = one["fileStatus"] == "FAILED"
        url = f"https://cdn.shopify.com/s/files/1/0001/0002/files/{quote(one['name'])}?v=1700000000"
        return {
            "__typename": "MediaImage",
            "id": gid,
            "fileStatus": one["fileStatus"],
            "fileErrors": [{"code": code, "message": "The file can't be processed"}] if failed else [],
            "image": {"url": url} if one["fileStatus"] == "READY" else None,
        }

    def search(self, query: str, in_entries: set[str]) -> list[File]:
        """``files``. schema: the filters. Assumed: a name in quotes is found as a part of names; used_in has ``none``.

        ``in_entries``: the files that metaobjects refer to.
        """
        if self.late > 0:
            self.late -= 1
            return []
        if named := re.fullmatch(r'filename:"([^"]+)"', query):
            return [self.shown(gid) for gid, one in self.by_id.items() if named[1] in one["name"]]
        unused = re.fullmatch(r"id:(\d+) used_in:none", query)
        assert unused, query
        gid = f"gid://shopify/MediaImage/{unused[1]}"
        return [self.shown(gid)] if gid in self.by_id and gid not in self.used | in_entries else []


class FilesError(UserError):
    """schema: ``FilesUserError``, which names no element."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, ["files"], message)
