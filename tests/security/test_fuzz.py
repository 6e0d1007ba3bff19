"""Whatever servers answer: every command has one clear end, and no secret is shown."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from cms_server import CmsServer
from cms_wire import Answer, Request
from evidence import BASIC_USER, SECRET
from fake_bigcommerce import FakeBigCommerce
from fake_contentful import FakeContentful
from fake_datocms import FakeDatocms
from fake_server import Answer as FakeAnswer
from fake_server import Asked
from fake_shopware import FakeShopware
from fake_storyblok import FakeStoryblok
from fake_woocommerce import FakeWooCommerce
from fuzzing import COMMANDS, OUTPUTS, ends_well, home, many, written
from hypothesis import given
from hypothesis import strategies as st
from mutating import MUTATIONS, Made, Mutation, mutator
from shop import entries
from strange import REST, answering, answers

pytestmark = [
    pytest.mark.usefixtures("no_retries", "same_logging"),
    # A request that is given up ends by itself, and its socket with it.
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]

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
