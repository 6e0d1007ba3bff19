"""Tables of MariaDB's engines without transactions are refused before anything is written, by ``check`` and runs."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from command import Catalogue, Command
from databases import fresh_database, name_of, run

from brandsync.database import connect, execute
from brandsync.errors import ConfigError
from brandsync.journal import Journal

CONFIGURATION = """
[cms]
backend = "file"
path = "brands.json"
[cms.fields]
name = "name"
[store]
backend = "sql"
url = "{}"
"""
MAPPED = '[store.columns]\nid = "id"\nname = "name"\n'
ENGINES = "SELECT DISTINCT engine FROM information_schema.tables WHERE table_schema = DATABASE()"


@pytest.fixture
def mysql(tmp_path: Path) -> Iterator[str]:
    with fresh_database("mysql", tmp_path) as url:
        yield url


def test_a_table_without_transactions_is_refused_by_name_until_it_is_altered_as_the_hint_says(
    brandsync: Command, catalogue: Catalogue, mysql: str
) -> None:
    run(mysql, "CREATE TABLE brand (id varchar(40) PRIMARY KEY, name varchar(200) NOT NULL) ENGINE = MyISAM")
    catalogue.config.write_text(CONFIGURATION.format(mysql) + MAPPED, "utf-8")
    for command in (["check"], ["sync", "--dry-run"], ["sync", "--keep-going"]):
        ran = brandsync(*command)
        assert ran.code == 78, command
        assert "brand (MyISAM)" in ran.out + ran.err, command
    assert run(mysql, "SELECT * FROM brand") == []
    remedy = re.search(r"ALTER TABLE [^;]*", ran.out + ran.err)
    assert remedy
    run(mysql, " ".join(remedy[0].split()))
    assert brandsync("check").code == 0
    assert brandsync("sync").code == 0
    assert run(mysql, "SELECT count(*) FROM brand") == [(len(catalogue.brands),)]


def test_a_table_whose_name_differs_by_case_alone_is_another_one(
    brandsync: Command, catalogue: Catalogue, mysql: str
) -> None:
    if run(mysql, "SELECT @@lower_case_table_names") != [(0,)]:
        pytest.skip("there, the case of names makes no difference")
    run(mysql, "CREATE TABLE BRAND (id int) ENGINE = MyISAM")
    run(mysql, "CREATE TABLE brand (id varchar(40) PRIMARY KEY, name varchar(200) NOT NULL) ENGINE = InnoDB")
    catalogue.config.write_text(CONFIGURATION.format(mysql) + MAPPED, "utf-8")
    assert brandsync("sync").code == 0


def test_the_journals_tables_have_transactions_whatever_the_servers_default_engine(mysql: str) -> None:
    with closing(Journal(connect(mysql), "shop", "here")) as journal:
        execute(journal.database, "SET default_storage_engine = MyISAM")
        journal.prepare()
    assert run(mysql, ENGINES) == [("InnoDB",)]


def test_a_journal_without_transactions_is_refused_by_check_and_by_runs(
    brandsync: Command, catalogue: Catalogue, mysql: str
) -> None:
    with closing(Journal(connect(mysql), "shop", "here")) as journal:
        journal.prepare()
        run(mysql, "ALTER TABLE brandsync_entry ENGINE = MyISAM", "ALTER TABLE brandsync_lease ENGINE = MyISAM")
        remedy = " ".join(
            f"ALTER TABLE `{name_of(mysql)}`.`{table}` ENGINE = InnoDB;"
            for table in ("brandsync_entry", "brandsync_lease")
        )
        with pytest.raises(ConfigError, match=r"brandsync_entry \(MyISAM\), brandsync_lease \(MyISAM\)") as caught:
            journal.prepare()
        assert caught.value.hint == f"change it: {remedy}"
    catalogue.config.write_text(CONFIGURATION.format(mysql), "utf-8")
    for command in ("check", "sync"):
        ran = brandsync(command)
        assert ran.code == 78
        assert "brandsync_entry (MyISAM)" in ran.out + ran.err
    assert run(mysql, "SHOW TABLES LIKE 'brand'") == []
