"""A catalogue with fields of every kind, and whole runs with it into any store that holds such fields.

Of five entries, three are as usual, one holds values at the edges of their kinds, and one holds nothing but its name.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from extent import enough
from fake_server import FakeServer
from shop import Shop

Entry = dict[str, Any]

MANY: Final = enough(500, of=2_000)
"""Entries of a large catalogue."""
WORDS: Final = (
    "Brand",
    "Søren & Söhne",
    "Ελληνικά",
    "Кириллица",
    "עברית",
    "العربية",
    "हिन्दी",
    "ภาษาไทย",
    "日本語カタカナ",
    "한국어",
    "繁體中文",
    "ქართული",
    "አማርኛ",
    "𠮷野家 𐍈",
    "👩‍👩‍👧‍👦 🇪🇺",
    'it\'s "so" 100%s {0} $1 ?',
)
TEXTS: Final = (*WORDS, "e\u0301 and \u00e9", "right\u200fto\u200eleft", "NULL", "null", "0", "'; --")
"""Texts that every store keeps as they are."""
TRUTHS: Final = (True, False, "1", 0, "TRUE", "false")
DAYS: Final = ("1000-01-01", "9999-12-31", "2000-02-29", "2026-01-01T12:00:00Z", "1969-12-31")
TAGS: Final = ([*WORDS], [str(number) for number in range(100)], ["x" * 250], ["one"], ["b", "a", "b"])
STATS: Final = (
    {"a": {"b": [1, None, {"c": [True, False]}]}},
    {"small": 1e-7, "exact": 2**53 - 1, "negative": -0.5, "whole": 5.0, "third": 0.1},
    {word: [word, {word: word}] for word in WORDS},
    [*WORDS],
    [[1, [2, [3]]], 1, "1", 1.5, None],
    {"z": 1, "a": 2, "m": {"y": 1, "b": 2}},
)


@dataclass(frozen=True)
class Catalogue:
    """What its entries hold, and what editors make of them."""

    usual: Callable[[int], Entry]
    """An entry as usual, by its number."""
    edges: Mapping[str, Sequence[Any]]
    """Values at the edges of a field's kind, and of what its place in the store can hold."""
    edits: Mapping[str, Any]
    """What editors change each field into."""
    never_empty: Collection[str] = ()
    """The fields that no entry is without."""
    never_filled: Collection[str] = ()
    """The fields that no editor gives a value where there was none."""

    def entry(self, number: int) -> Entry:
        """The entry of this number."""
        usual = self.usual(number)
        named = usual | {"name": f"{WORDS[number % len(WORDS)]} {number}"}
        turn, place = divmod(number, 5)
        if place == 3:
            edges = enumerate(self.edges.items())
            return named | {name: values[(turn + shift) % len(values)] for shift, (name, values) in edges}
        if place == 4:
            return named | {name: None for name in self.edits if name not in self.never_empty}
        return named

    def entries(self, count: int) -> list[Entry]:
        """The first entries."""
        return [self.entry(number) for number in range(count)]

    def edited(self, count: int) -> dict[int, tuple[str, Any]]:
        """Edits, each of an entry of its own: of each field one from a usual value, one to nothing, and one from it."""
        edits: dict[int, tuple[str, Any]] = {}

        def edit(name: str, value: Any, numbers: Iterator[int]) -> None:
            number = next(one for one in numbers if one not in edits and self.entry(one)[name] != value)
            edits[number] = name, value

        for name, value in self.edits.items():
            edit(name, value, (number for number in range(count) if number % 5 < 3))
            if name not in self.never_empty:
                edit(name, None, (one for one in range(3, count, 5) if not is_empty(self.entry(one)[name])))
            if not is_empty(value) and name not in {*self.never_filled, *self.never_empty}:
                edit(name, value, iter(range(4, count, 5)))
        return edits


def is_empty(value: Any) -> bool:
    """Whether a store may hold this as no value at all."""
    return value is None or value in ("", [], {})


def as_written(records: Mapping[Any, Mapping[str, Any]]) -> dict[Any, dict[str, str]]:
    """What a fake holds, as text: 1, 1.0 and true are equal in Python."""
    return {key: {name: json.dumps(value) for name, value in one.items()} for key, one in records.items()}


def differences(found: Any, wanted: Any) -> list[Any]:
    """Some of what is not as wanted: a whole comparison of a large catalogue takes minutes to show."""
    if isinstance(found, list):
        return [*{*found} - {*wanted}, *{*wanted} - {*found}][:5]
    keys = [key for key in {**found, **wanted} if found.get(key) != wanted.get(key)]
    return [(key, found.get(key), wanted.get(key)) for key in keys[:5]]


def is_held_compared_and_taken_back(
    shop: Shop,
    catalogue: Catalogue,
    count: int,
    held: Callable[[], Any],
    *,
    fake: FakeServer | None = None,
    adopted: int = 0,
    called: Mapping[str, str] | None = None,
) -> None:
    """Create; nothing the second time; each edit is one update of one field; undos bring all back as it was.

    ``held`` tells all that the store has. So many of the entries are brands there ``adopted`` by the first run.
    ``called`` has the names of fields that the CMS calls otherwise.
    """
    entries = catalogue.entries(count)
    start = held()
    shop.publish(*entries)
    first = shop.sync()
    told = first["skipped"][:5] or first
    assert (first["exit_code"], first["counts"]["created"], first["skipped"]) == (0, count - adopted, []), told
    created = held()
    assert created != start
    nothing_is_written(shop, count, fake)
    assert held() == created, differences(held(), created)

    edits = catalogue.edited(count)
    ids = {number: str(entries[number]["id"]) for number in edits}
    was = {number: entries[number][name] for number, (name, _) in edits.items()}
    for number, (name, value) in edits.items():
        shop.cms.edit(ids[number], **{name: value})
    done = shop.sync()
    names = {ids[number]: [(called or {}).get(name, name)] for number, (name, _) in edits.items()}
    after = {change["cms_id"]: [*change["after"]] for change in done["changes"]}
    assert after == names, differences(after, names) or done
    assert (done["exit_code"], done["counts"]["updated"], len(done["changes"])) == (0, len(edits), len(edits))
    assert held() != created
    nothing_is_written(shop, count, fake)

    undone = shop.undo(done["run"])
    assert undone["exit_code"] == 0, undone
    assert held() == created, differences(held(), created)
    for number, (name, _) in edits.items():
        shop.cms.edit(ids[number], **{name: was[number]})
    nothing_is_written(shop, count, fake)

    undone = shop.undo(first["run"])
    assert undone["exit_code"] == 0, undone
    assert held() == start, differences(held(), start)
    assert {*shop.external_ids().values()} == {None}


def nothing_is_written(shop: Shop, count: int, fake: FakeServer | None) -> None:
    """A run that finds everything as it is, and that writes neither into the CMS nor into the store."""
    shop.cms.log.clear()
    if fake:
        fake.log.clear()
    again = shop.sync()
    found = again["exit_code"], again["counts"]["unchanged"], again["changes"]
    assert found == (0, count, []), again["changes"][:5] or again
    assert {method for method, *_ in shop.cms.log} == {"GET"}
    if fake:
        assert fake.log
        assert not [*filter(fake.writes, fake.log)]
