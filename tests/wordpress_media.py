"""A fake of WordPress's media library, ``wp/v2/media``, and of the user whose application password opens it.

Compared with a real WordPress 6.1.9. Beside each behaviour stands the function of WordPress's source that it follows;
"attachments" is ``WP_REST_Attachments_Controller``.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from fake_server import Answer, Asked

from brandsync.brand.image import NoImage, type_of

USER, PASSWORD = "brandsync", "abcd EFGH ijkl MNOP qrst UVWX"
MEDIA: Final = "/wp-json/wp/v2/media"
ME: Final = "/wp-json/wp/v2/users/me"
TAKEN: Final = {"png", "jpg", "gif", "webp"}
"""Some of ``get_allowed_mime_types``."""


@dataclass
class Attachment:
    """A file of the library."""

    id: int
    name: str
    content: bytes
    mime: str
    post: int | None = None
    """The post that it is attached to."""


@dataclass
class Library:
    """The attachments, by id."""

    url: str
    by_id: dict[int, Attachment] = field(default_factory=dict)
    made: int = 1000
    """The id that was given last: ``wp_posts.ID`` is AUTO_INCREMENT."""
    rights: dict[str, bool] = field(default_factory=lambda: {"upload_files": True, "delete_posts": True, "read": True})
    fails_at_sizes: bool = False
    """PHP runs out of memory while it makes the smaller sizes."""

    def files(self) -> dict[str, bytes]:
        """The contents, by name."""
        return {one.name: one.content for one in self.by_id.values()}

    def add(self, name: str, content: bytes = b"", mime: str = "image/png", post: int | None = None) -> Attachment:
        """Somebody adds a file. ``wp_unique_filename``: a name that is taken gets a number."""
        stem, _, extension = name.rpartition(".")
        number, taken = 0, {one.name for one in self.by_id.values()}
        while name in taken:
            number += 1
            name = f"{stem}-{number}.{extension}"
        self.made += 1
        self.by_id[self.made] = Attachment(self.made, name, content, mime, post)
        return self.by_id[self.made]

    def is_image(self, number: int) -> bool:
        """``wp_attachment_is_image``."""
        return number in self.by_id and self.by_id[number].mime.startswith("image/")

    def address(self, number: int) -> str | bool:
        """``wp_get_attachment_url``: false where it is gone."""
        return f"{self.url}/wp-content/uploads/2026/12/{self.by_id[number].name}" if number in self.by_id else False

    def route(self, asked: Asked) -> Answer:
        """Carry a request of the application password's owner out."""
        if asked.path == ME:
            return Answer(200, {"capabilities": self.rights})
        if asked.method == "POST":
            return self._create(asked)
        if asked.method == "DELETE":
            return self._delete(asked)
        return self._list(asked.query)

    def _list(self, query: dict[str, str]) -> Answer:
        """attachments: ``prepare_items_query``, which lets ``search`` look at the names of files too."""
        wanted = {int(text) for text in query["include"].split(",")} if query.get("include") else {*self.by_id}
        text = query.get("search", "").lower()
        found = [one for key, one in sorted(self.by_id.items()) if key in wanted and text in one.name.lower()]
        return Answer(200, [self._shown(one) for one in found[: int(query.get("per_page", 10))]])

    def _create(self, asked: Asked) -> Answer:
        """attachments: ``create_item``, ``upload_from_data``."""
        if not self.rights.get("upload_files"):
            return _error(403, "rest_cannot_create", "Sorry, you are not allowed to create posts as this user.")
        disposition = {name.lower(): value for name, value in asked.headers.items()}.get("content-disposition", "")
        named = re.fullmatch(r'attachment; filename="([^"]+)"', disposition)
        if not named or not asked.body:
            return _error(400, "rest_upload_no_data", "No data supplied.")
        try:
            kind = type_of(asked.body, asked.body)
        except NoImage:
            kind = None
        if kind is None or kind.extension not in TAKEN:
            message = "Sorry, you are not allowed to upload this file type."
            return _error(500, "rest_upload_sideload_error", message)
        made = self.add(named.group(1), asked.body, kind.mime)
        headers = {"X-WP-Upload-Attachment-ID": str(made.id)}
        if self.fails_at_sizes:
            return Answer(500, "<h1>There has been a critical error</h1>", headers, kind="text/html")
        return Answer(201, self._shown(made), headers)

    def _delete(self, asked: Asked) -> Answer:
        """``WP_REST_Posts_Controller::delete_item``."""
        number = int(asked.path.rpartition("/")[2])
        if number not in self.by_id:
            return _error(404, "rest_post_invalid_id", "Invalid post ID.")
        if asked.query.get("force") != "true":
            return _error(501, "rest_trash_not_supported", "The post does not support trashing.")
        del self.by_id[number]
        return Answer(200, {"deleted": True})

    def _shown(self, one: Attachment) -> dict[str, Any]:
        """attachments: ``prepare_item_for_response``."""
        kind = "image" if self.is_image(one.id) else "file"
        return {"id": one.id, "media_type": kind, "source_url": self.address(one.id), "post": one.post}


def _error(status: int, code: str, message: str) -> Answer:
    return Answer(status, {"code": code, "message": message, "data": {"status": status}})
