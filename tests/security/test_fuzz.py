"""Whatever servers answer and whatever stands in a configuration: one clear end, and no secret is shown."""

import io
import json
import logging
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cms_server import CmsServer
from cms_wire import Answer, Request
from evidence import BASIC_USER, CORE, SECRET, leaks
from extent import EVERY, enough
from fake_bigcommerce import FakeBigCommerce
from fake_contentful import FakeContentful
from fake_datocms import FakeDatocms
from fake_server import Answer as FakeAnswer
from fake_server import Asked
from fake_shopware import FakeShopware
from fake_storyblok import FakeStoryblok
from fake_woocommerce import FakeWooCommerce
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from mutating import MUTATIONS, Made, Mutation, mutator
from ran import Ran
from shop import entries
from strange import REST, TEXTS, VALUES, answering, answers

from brandsync.cli import main
from brandsync.errors import EXIT_CODES
from brandsync.registry import load_cms, load_store
from brandsync.setting_list import settings_of

pytestmark = pytest.mark.usefixtures("no_retries")

CODES = {code for code, _ in EXIT_CODES} - {70}
COMMANDS = (["check"], ["sync", "--dry-run"], ["sync"], ["runs", "show", "last"], ["undo", "last"])
OUTPUTS = ("plain", "json", "rich")
CREDENTIALS: Sequence[Mapping[str, Any]] = (
    {"token": SECRET},
    {"auth": "basic", "username": BASIC_USER, "password": SECRET},
    {"auth": "header", "auth_header": "X-Api-Key", "token": SECRET},
    {"headers": {"X-Api-Key": SECRET}, "params": {"api_key": SECRET}},
)
HOSTED: Sequence[Mapping[str, Any]] = (
    {"backend": "strapi", "token": SECRET},
    {"backend": "directus", "token": SECRET},
    {"backend": "payload", "api_key": SECRET},
    {"backend": "wordpress", "username": BASIC_USER, "application_password": SECRET},
    {"backend": "contentful", "space": "space1", "delivery_token": SECRET},
    {"backend": "sanity", "project_id": "p1", "token": SECRET},
    {"backend": "datocms", "token": SECRET},
    {"backend": "storyblok", "space": 1, "delivery_token": SECRET},
)
SHOPS: Sequence[Mapping[str, Any]] = (
    {"backend": "medusa", "api_key": f"sk_{SECRET}"},
    {"backend": "medusa", "email": "admin@example.com", "password": SECRET, "fields": ["name", "handle"]},
    {"backend": "shopware", "client_id": "SWIAX", "client_secret": SECRET},
    {"backend": "shopify", "shop": "my-shop.myshopify.com", "access_token": SECRET},
    {"backend": "shopify", "shop": "my-shop.myshopify.com", "client_id": "an-app", "client_secret": SECRET},
)


def many(quick: int, every: int) -> Any:
    """So many examples: the same each time, or, where hours don't matter, an hour of them that nobody has tried."""
    return settings(
        max_examples=enough(quick, of=every),
        derandomize=not EVERY,
        deadline=None,
        suppress_health_check=[*HealthCheck],
        database=None,
        phases=[Phase.generate, Phase.shrink],
    )


@contextmanager
def home() -> Iterator[Path]:
    """An empty directory, and nothing of brandsync's in the environment."""
    kept, before = dict(os.environ), Path.cwd()
    with tempfile.TemporaryDirectory() as directory:
        for name in [name for name in os.environ if name.startswith("BRANDSYNC_")]:
            del os.environ[name]
        os.environ["XDG_STATE_HOME"] = directory
        os.chdir(directory)
        try:
            yield Path(directory)
        finally:
            os.chdir(before)
            os.environ.clear()
            os.environ.update(kept)


def run(*arguments: str) -> Ran:
    """The command in this process."""
    streams = sys.stdout, sys.stderr, sys.argv
    handlers = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", errors="backslashreplace") for _ in range(2))
    sys.stdout, sys.stderr, sys.argv = out, err, ["brandsync", *arguments]
    try:
        main()
        code: Any = None
    except SystemExit as ended:
        code = ended.code
    finally:
        sys.stdout, sys.stderr, sys.argv = streams
        signal.signal(signal.SIGTERM, handlers[0])
        signal.signal(signal.SIGINT, handlers[1])
    shown = []
    for stream in (out, err):
        stream.flush()
        shown.append(stream.buffer.getvalue().decode("utf-8", "replace"))  # type: ignore[attr-defined]
    return Ran(int(code or 0), *shown)


def written(sections: Mapping[str, Mapping[str, Any]]) -> str:
    """A configuration in TOML, as far as TOML can hold it."""
    return "\n".join(
        line
        for section, found in sections.items()
        for line in (f"[{section}]", *(f"{key} = {_toml(value)}" for key, value in found.items()))
    )


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return "''" if value is None else json.dumps(value)


def ends_well(output: str, commands: Sequence[Sequence[str]] = COMMANDS, secret: str = CORE) -> None:
    """Each command ends as documented, and shows no secret."""
    for arguments in enough(commands[::2], of=commands):
        ran = run("--verbose", *arguments, "--output", output)
        event(f"{' '.join(arguments)}: {ran.code}")
        assert ran.code in CODES, (arguments, ran.code, ran.err)
        assert "Traceback" not in ran.err + ran.out, ran.err
        assert "a bug in" not in ran.err + ran.out, ran.err
        assert secret != CORE or not leaks(ran.out + ran.err), (arguments, ran.out, ran.err)
        assert secret not in ran.out + ran.err, (arguments, ran.out, ran.err)


@pytest.fixture(autouse=True)
def silent() -> Iterator[None]:
    """What is logged goes to the stream of this moment alone."""
    before = logging.getLogger().handlers[:]
    yield
    logging.getLogger().handlers[:] = before


SCRIPTS = st.lists(answers(), min_size=1, max_size=4)


@many(4, 2_000)
@given(rest=REST, credentials=st.sampled_from(CREDENTIALS), script=SCRIPTS, output=st.sampled_from(OUTPUTS))
def test_a_cms_of_any_answers_ends_no_run_in_a_crash_and_shows_no_secret(
    rest: Mapping[str, Any], credentials: Mapping[str, Any], script: Sequence[bytes], output: str
) -> None:
    with home() as directory, answering(script) as url:
        sections = {
            "cms": {**rest, **credentials, "url": url, "timeout": "2s", "retry_limit": "0s"},
            "cms.fields": {"name": "name", "description": "description"},
            "store": {"backend": "sql", "url": "sqlite:///shop.db"},
        }
        (directory / "brandsync.toml").write_text(written(sections), "utf-8")
        ends_well(output)


@many(4, 1_500)
@given(hosted=st.sampled_from(HOSTED), script=SCRIPTS, output=st.sampled_from(OUTPUTS))
def test_a_hosted_cms_of_any_answers_ends_no_run_in_a_crash_and_shows_no_secret(
    hosted: Mapping[str, Any], script: Sequence[bytes], output: str
) -> None:
    with home() as directory, answering(script) as url:
        sections = {
            "cms": {**hosted, "url": url, "timeout": "2s", "retry_limit": "0s"},
            "cms.fields": {"name": "name"},
            "store": {"backend": "sql", "url": "sqlite:///shop.db"},
        }
        (directory / "brandsync.toml").write_text(written(sections), "utf-8")
        ends_well(output, COMMANDS[:3])


@many(4, 1_500)
@given(shop=st.sampled_from(SHOPS), script=SCRIPTS, output=st.sampled_from(OUTPUTS))
def test_a_shop_of_any_answers_ends_no_run_in_a_crash_and_shows_no_secret(
    shop: Mapping[str, Any], script: Sequence[bytes], output: str
) -> None:
    with home() as directory, answering(script) as url:
        (directory / "brands.json").write_text('[{"id": "1", "name": "Acme"}]')
        sections = {
            "cms": {"backend": "file", "path": "brands.json"},
            "cms.fields": {"name": "name"},
            "store": {**shop, "url": url, "timeout": "2s", "retry_limit": "0s"},
            "journal": {"url": "sqlite:///journal.db"},
        }
        (directory / "brandsync.toml").write_text(written(sections), "utf-8")
        ends_well(output)


@many(3, 1_200)
@given(
    paging=st.sampled_from(["none", "page", "offset", "cursor", "link"]),
    mutations=MUTATIONS,
    output=st.sampled_from(OUTPUTS),
    count=st.integers(1, 7),
)
def test_a_cms_that_works_but_for_one_thing_ends_no_run_in_a_crash_and_shows_no_secret(
    paging: Any, mutations: list[Mutation], output: str, count: int
) -> None:
    cms = CmsServer(entries(count), token=SECRET, envelope="data", paging=paging, total="body")
    mutate, answer = mutator(mutations, SECRET), cms.answer

    def mutated(request: Request) -> Answer:
        value, status, headers = mutate(_parts(answer(request)))
        return Answer(value, status, headers)

    cms.answer = mutated  # type: ignore[method-assign]
    with home() as directory, cms:
        cursor = {"next_cursor": "next"} if paging == "cursor" else {}
        sections = {
            "cms": {"backend": "rest", "url": cms.url, "token": SECRET, "items": "data", "total": "total", **cursor}
            | {"paging": paging, "page_size": 3, "retry_limit": "0s"},
            "cms.fields": {"name": "name", "description": "description"},
            "store": {"backend": "sql", "url": "sqlite:///shop.db"},
        }
        (directory / "brandsync.toml").write_text(written(sections), "utf-8")
        ends_well(output)


def _parts(answer: Answer) -> Made:
    return answer.value, answer.status, dict(answer.headers)


FAKES: Mapping[str, tuple[type[Any], str, str]] = {
    "contentful": (FakeContentful, "cms", "space"),
    "datocms": (FakeDatocms, "cms", "project"),
    "storyblok": (FakeStoryblok, "cms", "space"),
    "bigcommerce": (FakeBigCommerce, "store", ""),
    "shopware": (FakeShopware, "store", ""),
    "woocommerce": (FakeWooCommerce, "store", ""),
}


@many(3, 1_000)
@given(name=st.sampled_from([*FAKES]), mutations=MUTATIONS, output=st.sampled_from(OUTPUTS))
def test_a_hosted_server_that_works_but_for_one_thing_ends_no_run_in_a_crash_and_shows_no_secret(
    name: str, mutations: list[Mutation], output: str
) -> None:
    kind, section, space = FAKES[name]
    fake = kind()
    secret = next(str(value) for key, value in _settings(fake).items() if key.endswith(("token", "secret")))
    mutate, answer = mutator(mutations, secret), fake.answer

    def mutated(asked: Asked) -> FakeAnswer:
        found = answer(asked)
        if isinstance(found.value, str):
            return found
        value, status, headers = mutate((found.value, found.status, found.headers))
        return FakeAnswer(status, value, headers, found.kind)

    with home() as directory, fake:
        for number in range(3 if space else 0):
            getattr(fake, space).add(name=f"Brand {number}", description=f"No. {number}")
        fake.answer = mutated
        (directory / "brands.json").write_text('[{"id": "1", "name": "Acme"}, {"id": "2", "name": "Other"}]')
        other = {"backend": "file", "path": "brands.json"} if section == "store" else {"backend": "sql", "url": SHOP}
        sections = {
            section: {"backend": name, **fake.settings(), "retry_limit": "0s"},
            "cms" if section == "store" else "store": other,
            "cms.fields": {"name": "name"},
            "journal": {"url": "sqlite:///journal.db"},
        }
        (directory / "brandsync.toml").write_text(written(sections), "utf-8")
        ends_well(output, secret=secret)


SHOP = "sqlite:///shop.db"


def _settings(fake: Any) -> dict[str, Any]:
    with fake:
        return dict(fake.settings())


BACKENDS = {"cms": ("rest", "file", "strapi", "contentful"), "store": ("sql", "medusa", "shopify")}
KEYS = {
    (section, name): [setting.key for setting in settings_of(load(name).Settings)]
    for section, load in (("cms", load_cms), ("store", load_store))
    for name in BACKENDS[section]
}
OTHERS = {
    "sync": ("match_on", "link", "on_conflict", "on_missing", "full_every", "keep_going", "tyop"),
    "safety": ("max_creates", "max_updates", "max_deletes", "max_shrink"),
    "journal": ("keep_runs",),
    "": ("name", "cms", "store", "sync"),
}


PLAUSIBLE = st.sampled_from(
    [True, 0, 1, 7, 2.5, "1", "5s", "0s", "10%", "none", "page", "link", "journal", "cms", "name", "id", "@", "data[0]"]
)


@st.composite
def configurations(draw: st.DrawFn, url: str = "http://127.0.0.1:9") -> tuple[dict[str, dict[str, Any]], str]:
    """Sections that are nearly right, and lines of ``.env``."""
    sections: dict[str, dict[str, Any]] = {"": {}}
    for section, names in BACKENDS.items():
        name = draw(st.sampled_from(names))
        address = "sqlite:///shop.db" if name == "sql" else url
        right = {"backend": name, "url": address, "path": "brands.json", "token": SECRET, "api_key": f"sk_{SECRET}"}
        known = KEYS[section, name]
        sections[section] = {key: value for key, value in right.items() if key in {*known, "backend"}}
        for key in draw(st.lists(st.sampled_from(known), max_size=1)):
            sections[section][key.partition(".")[0]] = draw(PLAUSIBLE | TEXTS | VALUES)
    for section in draw(st.lists(st.sampled_from([*OTHERS]), max_size=1)):
        sections.setdefault(section, {})[draw(st.sampled_from(OTHERS[section]))] = draw(PLAUSIBLE | TEXTS | VALUES)
    sections["cms"].setdefault("fields", {"name": "name"})
    keys = st.sampled_from(["CMS__TOKEN", "STORE__URL", "CMS__FIELDS", "CMS__HEADERS", "STORE__PASWORD", "CMS", "SYNC"])
    lines = draw(st.lists(st.tuples(keys, TEXTS), max_size=1))
    return sections, "".join(f"BRANDSYNC_{key}={value}\n" for key, value in lines)


@many(8, 5_000)
@given(found=configurations(), output=st.sampled_from(OUTPUTS))
def test_any_configuration_is_told_without_a_crash_and_without_a_secret(
    found: tuple[dict[str, dict[str, Any]], str], output: str
) -> None:
    sections, dotenv = found
    with home() as directory:
        (directory / "brands.json").write_text('[{"id": "1", "name": "Acme"}]')
        text = written(sections).removeprefix("[]\n")
        (directory / "brandsync.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
        (directory / ".env").write_bytes(dotenv.encode("utf-8", "surrogatepass"))
        ends_well(output, COMMANDS[:2])
