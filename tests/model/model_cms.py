"""A CMS whose editors work while it is read, and whose rows may be copied."""

from collections.abc import Callable
from typing import Any

from cms_entries import Entry
from cms_server import CmsServer
from cms_wire import Answer, Request

PAGE_SIZE = 4


class ModelCms(CmsServer):
    """Lists in pages, as it is asked to, and lets a test act between two of them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(page_size=PAGE_SIZE, **options)
        self.copies: list[Entry] = []
        """Rows that are listed besides the entries, at the end: each has the id of one of them."""
        self.acts: dict[int, Callable[[], object]] = {}
        """What is done after a listing's so-manieth page from now."""
        self.pages = 0

    def act(self, page: int, what: Callable[[], object]) -> None:
        """Do something once so many pages have been answered."""
        self.pages = 0
        self.acts[page] = what

    def answer(self, request: Request) -> Answer:
        """Answer, and act then."""
        answer = super().answer(request)
        if request.method == "GET" and request.path == "/brands":
            self.pages += 1
            self.acts.pop(self.pages, lambda: None)()
        return answer

    def listed(self, query: dict[str, str]) -> list[Entry]:
        """What is asked for, and then each copy of an entry that still exists."""
        return [*super().listed(query), *(copy for copy in self.copies if copy["id"] in self.entries)]
