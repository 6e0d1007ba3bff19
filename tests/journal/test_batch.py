"""What is written together, and what takes it back."""

import pytest
from msgspec.structs import replace

from brandsync.brand.listed import NewBrands
from brandsync.journal import Batch, BatchKind, LinkChange, LinkRow, WithBrands
from brandsync.plan.change import Change, Creations

CREATED = Batch(
    BatchKind.CREATE,
    [Change("1", "b1", {}, {"name": "A"}), Change("2", "b2", {}, {"name": "B"})],
    [LinkChange("1", None, LinkRow("b1", "w1", "s1")), LinkChange("2", LinkRow("b0"), LinkRow("b2"))],
    ["b9"],
)


@pytest.mark.parametrize(
    ("kind", "inverse"),
    [
        ("create", "uncreate"),
        ("uncreate", "restore"),
        ("delete", "restore"),
        ("restore", "delete"),
        ("update", "update"),
        ("link", "link"),
    ],
)
def test_what_takes_a_batch_back_writes_what_was_there_before(kind, inverse):
    batch = Batch(BatchKind(kind), [Change("1", "b1", {"name": "A"}, {"name": "B"})], CREATED.links, ["b9"]).inverse()
    assert batch.kind == inverse
    assert batch.rows == [Change("1", "b1", {"name": "B"}, {"name": "A"})]
    assert batch.links == [
        LinkChange("1", LinkRow("b1", "w1", "s1"), None),
        LinkChange("2", LinkRow("b2"), LinkRow("b0")),
    ]
    assert batch.known == ["b9"]


def test_a_part_of_a_batch_has_the_links_of_its_rows_and_all_that_is_known():
    part = CREATED.only(CREATED.rows[1:])
    assert part == Batch(BatchKind.CREATE, [CREATED.rows[1]], [CREATED.links[1]], ["b9"])


_ROWS = [Change(number, f"b{number}", {}, {"name": number, "handle": None}) for number in ("1", "2", "3")]
_WHOLE = Batch(BatchKind.CREATE, _ROWS, WithBrands(_ROWS), ["b9"])
_LISTED = Batch(BatchKind.CREATE, _ROWS, [*_WHOLE.links], ["b9"])


@pytest.mark.parametrize(
    "made",
    [
        lambda batch: batch,
        lambda batch: batch.inverse(),
        lambda batch: batch.inverse().inverse(),
        lambda batch: batch.only(batch.rows[1:]),
        lambda batch: batch.only([]),
        lambda batch: batch.only([batch.rows[0], replace(batch.rows[1], after={"name": "two", "handle": "2"})]),
        lambda batch: batch.renamed({"b2": "c2"}),
        lambda batch: batch.inverse().renamed({"b2": "c2"}),
        lambda batch: replace(batch, rows=[replace(batch.rows[0], brand_id="c1")]),
        lambda batch: replace(batch, links=batch.links[1:]),
    ],
    ids=[
        "itself",
        "inverse",
        "twice inverse",
        "part",
        "none",
        "altered",
        "renamed",
        "renamed inverse",
        "rows",
        "links",
    ],
)
def test_links_that_come_with_their_brands_are_those_that_would_be_listed(made):
    whole, listed = made(_WHOLE), made(_LISTED)
    assert (whole.kind, whole.rows, whole.known) == (listed.kind, listed.rows, listed.known)
    assert [*whole.links] == [*listed.links]
    assert [*whole.linked()] == [*listed.linked()]
    assert {*whole.ids()} == {*listed.ids()}


def test_links_that_come_with_their_brands_remember_what_was_written():
    first, *_ = _WHOLE.links
    assert first == LinkChange("1", None, LinkRow("b1", '{"handle":null,"name":"1"}'))


def test_the_link_of_a_brand_that_has_no_id_yet_names_none():
    (link,) = WithBrands([Change("1", None, {}, {"name": "A"})])
    assert link == LinkChange("1", None, LinkRow("", '{"name":"A"}'))


def test_a_part_of_what_was_written_comes_with_its_links_as_the_whole_did():
    assert _WHOLE.only(_WHOLE.rows[1:]).links_are_whole
    assert not _WHOLE.only([replace(_WHOLE.rows[0], after={"name": "altered"})]).links_are_whole


def test_a_batch_consists_of_its_own_rows_and_not_of_equal_ones():
    assert _WHOLE.consists_of(_ROWS)
    assert _WHOLE.consists_of([*_ROWS])
    assert not _WHOLE.consists_of([replace(row) for row in _ROWS])
    assert not _WHOLE.consists_of(_ROWS[1:])
    assert not _WHOLE.consists_of([*_ROWS, _ROWS[0]])


def test_new_brands_that_are_made_when_asked_for_are_the_batchs_own_where_they_are_equal():
    rows = Creations(["1", "2"], NewBrands(["name"], ["b1", "b2"], [["A"], ["B"]]))
    batch = Batch(BatchKind.CREATE, rows, WithBrands(rows))
    assert batch.consists_of([*rows])
    assert not batch.consists_of([*rows.under(["b1", "b3"])])
    assert not batch.consists_of(rows[1:])


def test_brands_that_came_back_under_other_ids_have_moved():
    done = [Change("1", "c1", {}, {"name": "A"}), Change("2", "b2", {}, {"name": "B"})]
    assert CREATED.moved(done) == {"b1": "c1"}
    assert CREATED.moved([]) == {}
    assert Batch(BatchKind.CREATE, [Change("1", None, {}, {})]).moved(done) == {}


def test_every_id_in_a_batch_is_that_of_a_row_or_of_a_link():
    assert sorted(CREATED.ids()) == ["b0", "b1", "b1", "b2", "b2"]
    link = Batch(BatchKind.LINK, [Change("1", "b1", {"external_id": "b0"}, {"external_id": "b2"})])
    assert sorted(link.ids()) == ["b0", "b1", "b2"]
    cleared = Batch(BatchKind.LINK, [Change("1", None, {"external_id": "b0"}, {"external_id": None})])
    assert sorted(filter(None, cleared.ids())) == ["b0"]
    assert list(Batch(BatchKind.UPDATE, [Change("1", "b1", {"name": "b2"}, {"name": "b3"})]).ids()) == ["b1"]


def test_a_batch_follows_its_brands_to_their_new_ids():
    found = CREATED.renamed({"b1": "c1", "b0": "c0"})
    assert found.rows == [Change("1", "c1", {}, {"name": "A"}), CREATED.rows[1]]
    assert found.links == [
        LinkChange("1", None, LinkRow("c1", "w1", "s1")),
        LinkChange("2", LinkRow("c0"), LinkRow("b2")),
    ]
    assert (found.kind, found.known) == ("create", ["b9"])
    assert CREATED.renamed({}) is CREATED


def test_external_ids_follow_too_and_values_that_only_look_like_ids_do_not():
    link = Batch(BatchKind.LINK, [Change("1", "b1", {"external_id": None}, {"external_id": "b1"})])
    assert link.renamed({"b1": "c1"}).rows == [Change("1", "c1", {"external_id": None}, {"external_id": "c1"})]
    back = link.inverse().renamed({"b1": "c1"})
    assert back.rows == [Change("1", "c1", {"external_id": "c1"}, {"external_id": None})]
    other = Batch(BatchKind.LINK, [Change("1", "b1", {"external_id": "theirs"}, {"external_id": "b1"})])
    assert other.renamed({"b1": "c1"}).rows == [Change("1", "c1", {"external_id": "theirs"}, {"external_id": "c1"})]
    update = Batch(BatchKind.UPDATE, [Change("1", "b1", {"name": "b1"}, {"name": "b1"})])
    assert update.renamed({"b1": "c1"}).rows == [Change("1", "c1", {"name": "b1"}, {"name": "b1"})]


def test_a_brand_without_an_id_yet_gets_none_by_renaming():
    assert Batch(BatchKind.CREATE, [Change("1", None, {}, {})]).renamed({"b1": "c1"}).rows == [
        Change("1", None, {}, {})
    ]
