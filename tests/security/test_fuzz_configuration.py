"""Whatever stands in a configuration: every command has one clear end, and no secret is shown."""

from typing import Any

import pytest
from evidence import SECRET
from fuzzing import COMMANDS, OUTPUTS, ends_well, home, many, written
from hypothesis import given
from hypothesis import strategies as st
from strange import TEXTS, VALUES

from brandsync.registry import load_cms, load_store
from brandsync.settings.listing import settings_of

pytestmark = pytest.mark.usefixtures("no_retries", "same_logging")

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
