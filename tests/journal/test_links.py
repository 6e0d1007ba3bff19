"""The journal's memory of which entry is which brand, on each database."""

import time
from contextlib import closing

import pytest
from databases import fresh_database, run

from brandsync.database import connect
from brandsync.journal import Batch, BatchKind, Journal, LinkChange, LinkRow, WithBrands
from brandsync.plan.change import Change


@pytest.fixture
def journal(database_url):
    with closing(connect(database_url)) as database:
        journal = Journal(database, "shop", "test")
        journal.prepare()
        yield journal


@pytest.fixture
def other(journal):
    return Journal(journal.database, "other shop", "test")


def test_links_come_back_as_they_were_written(journal):
    links = {"1": LinkRow("b1", '{"name":"Ä"}', "stored"), "2": LinkRow("b2", "written"), "3": LinkRow("b3")}
    journal.links.put(list(links.items()))
    assert journal.links.get(["1", "2", "3", "4"]) == links
    assert journal.links.get(["2"]) == {"2": links["2"]}
    assert journal.links.brands(["1", "3", "4"]) == {"1": "b1", "3": "b3"}
    assert [tuple(row) for page in journal.links.pages() for row in page] == [
        (cms_id, link.brand_id, link.written, link.stored) for cms_id, link in links.items()
    ]
    assert journal.links.count() == 3


def test_a_link_is_written_over_the_one_that_is_there(journal):
    journal.links.put([("1", LinkRow("b1", "old", "old")), ("2", LinkRow("b2"))])
    journal.links.put([("1", LinkRow("c1", "new", None))])
    assert journal.links.get(["1", "2"]) == {"1": LinkRow("c1", "new"), "2": LinkRow("b2")}


def test_each_pipeline_has_links_of_its_own(journal, other):
    journal.links.put([("1", LinkRow("b1"))])
    other.links.put([("1", LinkRow("theirs")), ("2", LinkRow("b2"))])
    assert journal.links.get(["1", "2"]) == {"1": LinkRow("b1")}
    assert journal.links.brands(["1", "2"]) == {"1": "b1"}
    assert journal.links.owned(["b1", "b2", "theirs"]) == {"b1"}
    assert (journal.links.count(), other.links.count()) == (1, 2)
    assert [len(page) for page in journal.links.pages()] == [1]
    journal.links.apply([LinkChange("1", LinkRow("b1"), None)])
    assert (journal.links.count(), other.links.count()) == (0, 2)


def test_a_change_writes_what_is_after_it_and_removes_what_is_not(journal):
    journal.links.put([("1", LinkRow("b1")), ("2", LinkRow("b2")), ("3", LinkRow("b3"))])
    journal.links.apply([LinkChange("1", None, LinkRow("c1", "w")), LinkChange("2", LinkRow("b2"), None)])
    assert journal.links.get(["1", "2", "3"]) == {"1": LinkRow("c1", "w"), "3": LinkRow("b3")}
    journal.links.apply([])
    assert journal.links.count() == 2


def test_more_links_than_one_page_or_statement_holds_are_all_there(journal):
    links = {f"e{number:04}": LinkRow(f"b{number}") for number in range(1_100)}
    with journal.transaction():
        journal.links.put(list(links.items()))
    assert [len(page) for page in journal.links.pages(400)] == [400, 400, 300]
    assert [row[0] for page in journal.links.pages(400) for row in page] == list(links)
    assert journal.links.get(list(links)) == links
    assert journal.links.brands(list(links)) == {cms_id: link.brand_id for cms_id, link in links.items()}
    assert len(journal.links.owned([link.brand_id for link in links.values()])) == 1_100
    journal.links.apply([LinkChange(cms_id, link, None) for cms_id, link in links.items()])
    assert journal.links.count() == 0


def test_only_the_brands_asked_for_are_told_to_be_owned(journal):
    journal.links.put([("1", LinkRow("b1")), ("2", LinkRow("b2"))])
    assert journal.links.owned(["b1", "b3"]) == {"b1"}
    assert journal.links.owned([]) == set()


def test_ids_that_differ_in_case_alone_are_two_ids(journal):
    journal.links.put([("a", LinkRow("b")), ("A", LinkRow("B")), ("ä", LinkRow("bä"))])
    assert journal.links.get(["A"]) == {"A": LinkRow("B")}
    assert journal.links.count() == 3


def test_postgresql_is_told_to_look_once_in_a_while_and_not_with_each_batch(tmp_path):
    with fresh_database("postgresql", tmp_path) as url:
        with closing(connect(url)) as database:
            journal = Journal(database, "shop", "test")
            journal.prepare()
            for start in range(0, 12_000, 2_000):
                journal.links.put([(f"e{n}", LinkRow(f"b{n}")) for n in range(start, start + 2_000)])
        count = "SELECT analyze_count FROM pg_stat_user_tables WHERE relid = 'brandsync_link'::regclass"
        while not (counted := run(url, count)[0][0]):
            time.sleep(0.05)  # before PostgreSQL 15, counts come later
    assert counted == 1


def test_postgresql_finds_links_one_by_one_however_many_it_has_just_been_given(tmp_path):
    with fresh_database("postgresql", tmp_path) as url, closing(connect(url)) as database:
        journal = Journal(database, "shop", "test")
        journal.prepare()
        with database.atomic():
            for start in range(0, 20_000, 2_000):
                journal.links.put([(f"e{n}", LinkRow(f"b{n}", "x" * 300)) for n in range(start, start + 2_000)])
        ids = ", ".join(f"'e{n}'" for n in range(100))
        plan = run(url, f"EXPLAIN DELETE FROM brandsync_link WHERE pipeline = 'shop' AND cms_id IN ({ids})")
    assert "Index Cond" in str(plan)
    assert "Filter" not in str(plan), "it reads every link of the pipeline"


def test_postgresql_finds_removed_brands_one_by_one_however_many_it_has_just_been_given(tmp_path):
    with fresh_database("postgresql", tmp_path) as url, closing(connect(url)) as database:
        journal = Journal(database, "shop", "test")
        journal.prepare()
        with database.atomic():
            for start in range(0, 20_000, 2_000):
                rows = [Change(f"e{n}", f"b{n}", {}, {}) for n in range(start, start + 2_000)]
                journal.gone.record("RUN", Batch(BatchKind.DELETE, rows), {})
        ids = ", ".join(f"'b{n}'" for n in range(100))
        plan = run(url, f"EXPLAIN DELETE FROM brandsync_gone WHERE pipeline = 'shop' AND brand_id IN ({ids})")
    assert "Index Cond" in str(plan)
    assert "Filter" not in str(plan), "it reads every removed brand of the pipeline"


def test_links_that_come_with_their_brands_go_with_them(journal):
    rows = [Change(key, f"b{key}", {}, {"name": key, "handle": None}) for key in ("1", "2")]
    created = Batch(BatchKind.CREATE, rows, WithBrands(rows))
    journal.links.apply(created.links)
    assert journal.links.get(["1", "2"]) == {
        key: LinkRow(f"b{key}", f'{{"handle":null,"name":"{key}"}}') for key in ("1", "2")
    }
    journal.links.apply(created.inverse().links)
    assert journal.links.count() == 0
