"""No command shows, logs or keeps a secret, wherever the secret comes from and however its results are shown."""

import json
import logging
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import click
import pytest
import typer
from cms_server import CmsServer
from cms_wire import Fault
from evidence import CORE, SECRET, assert_clean_files, assert_clean_tables, assert_silent, leaks, with_password
from extent import enough
from ran import Command
from shop import Shop, WatchedCms, entries

from brandsync.cli.application import app
from brandsync.config import load
from brandsync.run.pipeline import Pipeline

OUTPUTS = ("rich", "plain", "json")
COMMANDS = (
    ["check"],
    ["sync", "--dry-run"],
    ["sync"],
    ["runs"],
    ["runs", "show", "last"],
    ["undo", "last", "--dry-run"],
    ["undo", "last"],
    ["recover"],
    ["sync"],
)
LOGGERS = ("", "httpx", "httpcore", "peewee", "psycopg", "pymysql", "filelock", "brandsync")


def secrets(url: str) -> dict[str, str]:
    """Every secret of a pipeline from the guide's CMS to a database server, by its variable."""
    return {
        "BRANDSYNC_CMS__TOKEN": SECRET,
        "BRANDSYNC_CMS__HEADERS": json.dumps({"X-Api-Key": SECRET}),
        "BRANDSYNC_CMS__PARAMS": json.dumps({"api_key": SECRET}),
        "BRANDSYNC_STORE__URL": url,
        "BRANDSYNC_JOURNAL__URL": url,
    }


def in_environment(_shop: Shop, url: str, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    for name, value in secrets(url).items():
        monkeypatch.setenv(name, value)
    return []


def in_dotenv(shop: Shop, url: str, _monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    file = shop.directory / ".env"
    file.write_text("".join(f"{name}='{value}'\n" for name, value in secrets(url).items()), "utf-8")
    return [file]


def mounted(shop: Shop, url: str, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    directory = shop.directory / "secrets"
    directory.mkdir()
    monkeypatch.setenv("BRANDSYNC_SECRETS_DIR", str(directory))
    for name, value in secrets(url).items():
        (directory / name).write_text(value, "utf-8")
    return list(directory.iterdir())


def in_the_file(shop: Shop, url: str, _monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    shop.set("cms", token=SECRET).set("cms.headers", **{"X-Api-Key": SECRET}).set("cms.params", api_key=SECRET)
    shop.set("store", url=url).set("journal", url=url)
    return [shop.config]


Arrange = Callable[[Shop, str, pytest.MonkeyPatch], list[Path]]


@pytest.fixture
def guarded() -> Iterator[CmsServer]:
    """A CMS that asks for the token."""
    with WatchedCms(entries=entries(3), token=SECRET) as cms:
        yield cms


@pytest.fixture
def guarded_shop(guarded: CmsServer, postgres_url: str, tmp_path: Path) -> Iterator[Shop]:
    """A shop whose CMS and database both have a secret; its configuration names neither."""
    with Shop(tmp_path, guarded, postgres_url) as shop:
        yield shop.set("store", url=None)


PLACES: tuple[Arrange, ...] = (in_environment, in_dotenv, mounted, in_the_file)


@pytest.mark.parametrize(
    ("arrange", "output"),  # a secret is the same value wherever it comes from
    enough(list(zip(PLACES, (*OUTPUTS, "rich"), strict=True)), of=list(product(PLACES, OUTPUTS))),
)
def test_no_command_shows_logs_or_keeps_a_secret(
    brandsync: Command,
    guarded_shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    *,
    arrange: Arrange,
    output: str,
) -> None:
    url = with_password(guarded_shop.database_url)
    allowed = arrange(guarded_shop, url, monkeypatch)
    config = guarded_shop.config
    for name in LOGGERS:
        caplog.set_level(logging.DEBUG, name)
    for arguments in COMMANDS:
        ran = brandsync("--verbose", *arguments, "--output", output, "--config", str(config))
        assert ran.code == 0, ran.err
        assert_silent(ran, caplog.text)
    assert guarded_shop.is_in_line()
    assert assert_clean_tables(url) > len(COMMANDS)
    assert_clean_files(guarded_shop.directory, *allowed)
    assert guarded_shop.cms.log[0][2]["api_key"] == SECRET  # it was in use


def test_commands_that_have_no_use_for_secrets_show_none(brandsync: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in secrets(with_password("postgresql://shop@db/shop")).items():
        monkeypatch.setenv(name, value)
    for arguments in (["backends"], ["backends", "rest"], ["backends", "sql"], ["init"], ["--help"], ["sync", "-h"]):
        assert_silent(brandsync(*arguments))
    assert_clean_files(Path.cwd())


def test_nothing_that_a_debugger_prints_of_a_pipeline_holds_a_secret(guarded_shop: Shop) -> None:
    in_the_file(guarded_shop, with_password(guarded_shop.database_url), pytest.MonkeyPatch())
    config = load(guarded_shop.config)
    pipeline = Pipeline.open(config)
    http: Any = pipeline.cms.http  # type: ignore[attr-defined]
    objects = [config, config.cms, config.store, config.journal, pipeline, pipeline.cms, pipeline.store]
    objects += [pipeline.journal, pipeline.journal.database, http, http.endpoint, http._connected(), http.masked]
    for found in objects:
        assert not leaks(repr(found) + str(found)), type(found)
    assert not leaks(config.cms.model_dump_json() + str(config.store.model_dump()))
    assert SECRET in http.endpoint.secrets
    pipeline.close()


def options() -> Iterator[click.Parameter]:
    """Every option and argument of every command."""
    waiting: list[Any] = [typer.main.get_command(app)]
    while waiting:
        found = waiting.pop()
        yield from found.params
        waiting += getattr(found, "commands", {}).values()


def test_no_option_takes_a_secret_so_that_no_process_list_shows_one() -> None:
    names = {option for parameter in options() for option in parameter.opts}
    assert {"--config", "--output", "--dry-run"} <= names
    assert not {name for name in names if re.search("token|password|secret|key|url|auth", name)}


@pytest.mark.slow
def test_a_process_shows_its_secrets_to_nobody_while_it_runs_nor_when_it_crashes(shop: Shop) -> None:
    shop.cms.faults = [Fault("timeout", seconds=60)]
    environment = {"BRANDSYNC_CMS__TOKEN": SECRET, "PYTHONFAULTHANDLER": "1", "PYTHONDEVMODE": "1"}
    process = shop.start("--verbose", "sync", **environment)
    while not shop.cms.log:
        time.sleep(0.02)
    line = Path(f"/proc/{process.pid}/cmdline").read_bytes().decode()
    assert "sync" in line
    assert not leaks(line)
    os.kill(process.pid, signal.SIGABRT)
    out, err = process.communicate()
    assert "Fatal Python error: Aborted" in err
    assert not leaks(out + err)
    assert_clean_files(shop.directory)


SIGNS = re.compile(rf"(?i:authorization|bearer |basic |set-cookie|api-key|{CORE})|sk_[0-9a-f]|eyJ[\w-]+\.eyJ")


def test_the_recorded_answers_hold_nothing_that_looks_like_a_secret() -> None:
    cassettes = [file for file in (Path(__file__).parent.parent / "cassettes").rglob("*") if file.is_file()]
    assert cassettes
    for file in cassettes:
        found = SIGNS.search(file.read_text("utf-8"))
        assert not found, (file.name, found)
