"""The README says what is so: its commands, configurations, tables and links, its backend and its screenshot."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from cms_server import CmsServer
from fake_distribution import make_distribution
from pydantic import BaseModel
from ran import Command, command
from screenshot import FILE, screenshot

import brandsync as package
from brandsync.brand import FIELDS
from brandsync.cms.contentful.settings import ContentfulSettings
from brandsync.cms.datocms.settings import DatocmsSettings
from brandsync.cms.directus.settings import DirectusSettings
from brandsync.cms.file.backend import FileSettings
from brandsync.cms.http_cms import HttpCmsSettings
from brandsync.cms.interface import CmsSettings
from brandsync.cms.payload.settings import PayloadSettings
from brandsync.cms.rest.settings import RestSettings
from brandsync.cms.sanity.settings import SanitySettings
from brandsync.cms.storyblok.settings import StoryblokSettings
from brandsync.cms.strapi.settings import StrapiSettings
from brandsync.cms.wordpress.settings import WordPressSettings
from brandsync.config import ImageSettings, JournalSettings, NotifySettings, SafetySettings, SyncSettings, load
from brandsync.config.sources import RESERVED, SECRETS_DIRECTORY
from brandsync.errors import EXIT_CODES
from brandsync.plan.change import Action
from brandsync.registry import describe, installed
from brandsync.run.result import COUNTS, Result
from brandsync.settings.listing import Setting, settings_of
from brandsync.stores.bigcommerce.settings import BigCommerceSettings
from brandsync.stores.medusa.settings import MedusaSettings
from brandsync.stores.shopify.settings import ShopifySettings
from brandsync.stores.shopware.settings import ShopwareSettings
from brandsync.stores.sql.settings import SqlSettings
from brandsync.stores.woocommerce.settings import WooCommerceSettings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
COMMON = [setting.key for setting in settings_of(CmsSettings)]
HTTP = [setting.key for setting in settings_of(HttpCmsSettings) if setting.key not in COMMON]
TABLES: dict[str, type[BaseModel]] = {
    "`[cms]`": CmsSettings,
    '`[cms]` with `backend = "file"`': FileSettings,
    "`[cms]` over HTTP": HttpCmsSettings,
    '`[cms]` with `backend = "rest"`': RestSettings,
    '`[cms]` with `backend = "strapi"`': StrapiSettings,
    '`[cms]` with `backend = "directus"`': DirectusSettings,
    '`[cms]` with `backend = "payload"`': PayloadSettings,
    '`[cms]` with `backend = "wordpress"`': WordPressSettings,
    '`[cms]` with `backend = "contentful"`': ContentfulSettings,
    '`[cms]` with `backend = "sanity"`': SanitySettings,
    '`[cms]` with `backend = "datocms"`': DatocmsSettings,
    '`[cms]` with `backend = "storyblok"`': StoryblokSettings,
    '`[store]` with `backend = "sql"`': SqlSettings,
    '`[store]` with `backend = "medusa"`': MedusaSettings,
    '`[store]` with `backend = "bigcommerce"`': BigCommerceSettings,
    '`[store]` with `backend = "shopify"`': ShopifySettings,
    '`[store]` with `backend = "woocommerce"`': WooCommerceSettings,
    '`[store]` with `backend = "shopware"`': ShopwareSettings,
    "`[journal]`": JournalSettings,
    "`[sync]`": SyncSettings,
    "`[safety]`": SafetySettings,
    "`[images]`": ImageSettings,
    "`[notify]`": NotifySettings,
}
"""The heading above each table of settings, and the model whose settings it lists."""


def blocks(language: str) -> list[str]:
    """The fenced code of one language, without the indent that a list gives it."""
    fenced = re.findall(rf"^( *)```{language}\n(.*?)^\1```$", README, re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", code, flags=re.MULTILINE) for indent, code in fenced]


def section(heading: str) -> str:
    """What stands below a heading, up to the next one."""
    found = re.search(rf"^##+ {re.escape(heading)}\n(.*?)(?=^##+ |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The rows of the first table in a text."""
    found = re.search(r"^\|.*\n\| ---.*\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert found
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found[1].splitlines()]


def marked(name: str) -> str:
    """The command below a marker."""
    found = re.search(rf"^<!-- command: {name} -->\n```sh\n(.*?)\n```$", README, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def test_it_begins_with_three_sentences_and_the_screenshot() -> None:
    _, sentences, _link, picture, *_ = README.split("\n\n")
    assert len(re.findall(r"\.(?=\s|$)", sentences)) == 3
    assert picture.endswith("(tests/screenshot.svg)")


@pytest.mark.slow
def test_the_screenshot_is_what_the_dry_run_shows_today() -> None:
    assert FILE.read_text("utf-8") == screenshot(), "run tests/screenshot.py"


# Commands


@pytest.mark.parametrize("name", ["run", "test"])
def test_each_marked_command_is_one_line(name: str) -> None:
    assert "\n" not in marked(name)
    assert marked(name).startswith("python3 -m venv .venv && .venv/bin/pip install --quiet ")


@pytest.mark.slow
def test_the_first_command_ends_in_a_synced_catalogue_and_a_summary(tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    installed = marked("run").partition(" --quiet . && ")[2]
    ran = subprocess.run(["sh", "-c", installed], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert re.search(r"^│ created +12 +│$", ran.stdout, re.MULTILINE)
    assert ran.stdout.endswith("Synced brands from CMS: 12 brands created and 0 brands updated.\n")


def command_lines() -> Iterator[list[str]]:
    """Every call of brandsync in a shell block or a unit."""
    lines = [line for code in blocks("sh") for line in code.splitlines()]
    lines += [line.removeprefix("ExecStart=") for code in blocks("ini") for line in code.splitlines()]
    for line in lines:
        for part in line.split("&&"):
            words = shlex.split(part, comments=True)
            if words and Path(words[0]).name == "brandsync":
                yield words


def parse(words: Sequence[str]) -> None:
    """Have the command line's own parser read a call; it fails on what it doesn't know."""
    from typer.main import get_command  # noqa: PLC0415 - the other tests do without the command line

    from brandsync.cli.application import app  # noqa: PLC0415

    command: Any = get_command(app)
    context = command.make_context("brandsync", list(words[1:]))
    while getattr(command, "commands", None) and [*context._protected_args, *context.args]:
        name, command, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        context = command.make_context(name, rest, parent=context)


@pytest.mark.parametrize("words", list(command_lines()), ids=shlex.join)
def test_the_command_line_takes_what_a_shell_block_says(words: list[str]) -> None:
    parse(words)


def test_a_command_line_that_is_wrong_would_be_noticed() -> None:
    from typer import BadParameter  # noqa: PLC0415

    usage_error: Any = BadParameter.__base__
    for words in (["brandsync", "sink"], ["brandsync", "sync", "--dry"], ["brandsync", "runs", "shew", "last"]):
        with pytest.raises(usage_error):
            parse(words)


def test_every_command_is_listed_and_every_listed_one_is_there() -> None:
    from typer.main import get_command  # noqa: PLC0415

    from brandsync.cli.application import app  # noqa: PLC0415

    group: Any = get_command(app)
    names = {
        " ".join(["brandsync", name, *([inner] if inner else [])])
        for name, command in group.commands.items()
        for inner in ("", *(key for key, sub in getattr(command, "commands", {}).items() if not sub.hidden))
    }
    listed = [re.sub(r" \[?[A-Z]+\]?$", "", row[0].strip("`")) for row in rows(section("Commands"))]
    assert sorted(listed) == sorted(names)


def test_every_option_of_sync_is_told() -> None:
    from typer.main import get_command  # noqa: PLC0415

    from brandsync.cli.application import app  # noqa: PLC0415

    group: Any = get_command(app)
    options = {option for parameter in group.commands["sync"].params for option in parameter.opts}
    told = set(re.findall(r"--[a-z-]+", section("Commands")))
    assert {option for option in options if option.startswith("--")} - {"--help"} <= told


# Tables


@pytest.mark.parametrize("heading", TABLES)
def test_a_table_of_settings_lists_them_all_as_the_code_has_them(heading: str) -> None:
    model = TABLES[heading]
    known = [] if model is CmsSettings or not issubclass(model, CmsSettings) else COMMON
    known = [*known, *HTTP] if issubclass(model, HttpCmsSettings) and model is not HttpCmsSettings else known
    own = [item for item in settings_of(model) if item.key not in known]
    listed = rows(section(heading))
    assert [row[:2] for row in listed] == [[f"`{item.key}`", item.kind] for item in own]
    assert [row[2].strip("`") for row in listed] == [_default(item) for item in own]
    assert all(row[3].endswith(".") for row in listed)


def _default(item: Setting) -> str:
    return "required" if item.required else item.default or "none"


def test_the_backends_are_all_there_with_what_each_was_verified_with() -> None:
    own = [backend for backend in installed() if backend.distribution == "brandsync"]
    assert rows(section("Backends")) == [[each.kind, f"`{each.name}`", describe(each).verified] for each in own]


def test_the_exit_codes_are_all_there() -> None:
    assert rows(section("Exit codes")) == [[str(code), meaning] for code, meaning in EXIT_CODES]


def test_every_exit_code_of_a_run_says_whether_to_alert() -> None:
    told = [int(code) for row in rows(section("Running it unattended")) for code in row[0].split(",")]
    assert sorted(told) == [code for code, _ in EXIT_CODES if code not in {2, 3}]


def test_the_keys_of_the_json_are_all_there() -> None:
    listed = dict(row for row in rows(section("JSON")))
    assert [key.strip("`") for key in listed] == list(Result("shop").as_json())
    assert re.findall(r"`(\w+)`", listed["`counts`"]) == list(COUNTS)
    assert re.findall(r"`(\w+)`", listed["`changes`"])[1:8] == list(Action)


def test_the_places_of_settings_are_those_of_the_code() -> None:
    text = section("Configuration")
    assert str(SECRETS_DIRECTORY) in text
    assert all(f"`{name}`" in README for name in RESERVED)


# Configurations


def environment() -> dict[str, str]:
    """What the README's shell blocks export."""
    lines = [line for code in blocks("sh") for line in code.splitlines() if line.startswith("export ")]
    return dict(line.removeprefix("export ").split("=", 1) for line in lines)


def configurations() -> list[str]:
    return [code for code in blocks("toml") if "project" not in tomllib.loads(code)]


def packaging() -> dict[str, Any]:
    (code,) = (code for code in blocks("toml") if "project" in tomllib.loads(code))
    entry_points: dict[str, Any] = tomllib.loads(code)["project"]["entry-points"]
    return entry_points


def backend() -> str:
    return blocks("python")[0]


def conformance() -> str:
    return blocks("python")[-1]


@pytest.fixture
def installed_backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The README's backend, installed."""
    directory = tmp_path / "site"
    directory.mkdir()
    make_distribution(directory, "json-store", packaging(), {"json_store": backend()})
    monkeypatch.setenv("PYTHONPATH", str(directory))
    monkeypatch.syspath_prepend(directory)


@pytest.mark.usefixtures("installed_backend")
@pytest.mark.parametrize("code", configurations())
def test_a_configuration_is_one_or_completes_one(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment().items() if 'backend = "rest"' in code else ():
        monkeypatch.setenv(name, value)
    rest = "" if "[cms]" in code else '[cms]\nbackend = "rest"\nurl = "https://cms.example.com/api"\n'
    rest += "" if "[store]" in code else '[store]\nbackend = "sql"\nurl = "sqlite:///brands.db"\nimages = "logos"\n'
    file = tmp_path / "brandsync.toml"
    file.write_text(f"{code}\n{rest}", "utf-8")
    config = load(file)
    for part, settings in (("cms", config.cms), ("store", config.store)):
        assert settings.backend == tomllib.loads(code).get(part, {}).get("backend", settings.backend)


@pytest.fixture
def brandsync(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command itself, in the current directory."""
    return command(monkeypatch, capsys)


def test_five_minutes_lead_from_nothing_to_a_synced_postgresql(
    brandsync: Command, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = {"id": "a", "name": "Acme", "slug": "acme", "body": {"text": "Anvils"}, "external_id": None}
    (tmp_path / "brandsync.toml").write_text(configurations()[0], "utf-8")
    with CmsServer([entry], envelope="data", paging="page", token="the-cms-token") as cms:
        here = environment() | {"BRANDSYNC_CMS__URL": cms.url, "BRANDSYNC_STORE__URL": postgres_url}
        for name, value in here.items():
            monkeypatch.setenv(name, value)
        assert brandsync("check").code == 0
        planned = brandsync("sync", "--dry-run", "--output", "json")
        assert (planned.code, planned.json["counts"]["created"]) == (0, 1)
        done = brandsync("sync", "--expect", planned.json["checksum"])
        assert (done.code, done.last) == (0, "Synced brands from CMS: 1 brand created and 0 brands updated.")
        assert cms.entries["a"]["external_id"]


# The backend


def test_the_backend_is_shorter_than_40_lines() -> None:
    assert len(backend().splitlines()) < 40


@pytest.mark.usefixtures("installed_backend")
def test_the_backend_syncs_updates_and_undoes_the_sample_catalogue(brandsync: Command, tmp_path: Path) -> None:
    assert brandsync("init").code == 0
    config, catalogue, shop = (tmp_path / name for name in ("brandsync.toml", "brands.json", "shop.json"))
    sample = config.read_text("utf-8").replace('backend = "sql"\n', 'backend = "json"\npath = "shop.json"\n')
    config.write_text(sample.replace('url = "sqlite:///shop.db"\n', ""), "utf-8")

    first = _result(brandsync, "sync")
    assert (first["counts"]["created"], _held(shop)) == (12, _published(catalogue))

    catalogue.write_text(catalogue.read_text("utf-8").replace("Tin Kettle", "Iron Kettle"), "utf-8")
    second = _result(brandsync, "sync")
    assert (second["counts"]["updated"], second["counts"]["unchanged"]) == (1, 11)
    assert _held(shop) == _published(catalogue)

    assert _result(brandsync, "undo", second["run"])["counts"]["updated"] == 1
    assert "Tin Kettle" in [brand["name"] for brand in _held(shop)]
    assert _result(brandsync, "undo", first["run"])["counts"]["deleted"] == 12
    assert _held(shop) == []


@pytest.mark.slow
@pytest.mark.usefixtures("installed_backend")
def test_the_backend_passes_the_kit_by_the_test_class_that_is_shown(tmp_path: Path) -> None:
    (tmp_path / "test_json_store.py").write_text(conformance(), "utf-8")
    commands = next(code for code in blocks("sh") if "[testing]" in code).splitlines()
    assert commands[1] == "pytest test_json_store.py"
    # The cache would be a directory of the checkout; what else the command does is the README's own.
    ran = subprocess.run(
        [sys.executable, "-m", *shlex.split(commands[1]), "-p", "no:cacheprovider"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    passed = re.search(r"(\d+) passed", ran.stdout)
    assert passed
    assert int(passed[1]) > 50


def _result(brandsync: Command, *arguments: str) -> dict[str, Any]:
    ran = brandsync(*arguments, "--output", "json")
    assert ran.code == 0, ran.err
    return ran.json


def _held(shop: Path) -> list[dict[str, Any]]:
    brands = json.loads(shop.read_text("utf-8")).values()
    return sorted(({name: brand[name] for name in FIELDS} for brand in brands), key=lambda brand: brand["handle"])


def _published(catalogue: Path) -> list[dict[str, Any]]:
    brands = json.loads(catalogue.read_text("utf-8"))
    return sorted(({name: brand[name] for name in FIELDS} for brand in brands), key=lambda brand: brand["handle"])


# Links


def links() -> list[str]:
    """Where the README points to."""
    found = re.findall(r"\]\(([^)\s]+)\)|^\[\w+\]: (\S+)$", README, re.MULTILINE)
    return sorted({inline or reference for inline, reference in found})


@pytest.mark.parametrize("link", links())
def test_a_link_leads_somewhere(link: str) -> None:
    target, _, anchor = link.partition("#")
    if link.startswith("https://"):
        return
    assert not target or (ROOT / target).exists()
    headings = [heading.lower() for heading in re.findall(r"^##+ (.+)$", README, re.MULTILINE)]
    anchors = {re.sub(r"[^\w -]", "", heading).replace(" ", "-") for heading in headings}
    assert not anchor or anchor in anchors


def test_the_changelog_tells_of_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(rf"^## \[{re.escape(package.__version__)}\] - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE)
