import os
import re
from pathlib import Path

import pytest
from bad_configs import CANARY, FANCY, GOOD, TABLE, Bad, fancy
from fake_distribution import make_distribution

from brandsync.config import load
from brandsync.errors import ConfigError


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("BRANDSYNC_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of installed distributions with two more backends, one of them broken."""
    directory = tmp_path_factory.mktemp("site")
    group = "brandsync.cms"
    make_distribution(directory, "fancy-cms", {group: {"fancy": "fancy_cms:FancyCms"}}, {"fancy_cms": FANCY})
    broken = "import no_such_thing"
    make_distribution(directory, "broken-cms", {group: {"broken": "broken_cms:X"}}, {"broken_cms": broken})
    return directory


@pytest.fixture(autouse=True)
def _installed(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(site)


def write(path: Path, content: str | bytes) -> None:
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def arrange(bad: Bad, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in bad.env.items():
        monkeypatch.setenv(name, value)
    if bad.toml is not None:
        write(Path(bad.file), bad.toml)
    if bad.dotenv is not None:
        write(Path(".env"), bad.dotenv)
    if bad.secrets:
        secrets = Path.cwd() / "secrets"
        secrets.mkdir()
        monkeypatch.setenv("BRANDSYNC_SECRETS_DIR", str(secrets))
        for name, content in bad.secrets.items():
            write(secrets / name, content)


@pytest.mark.parametrize("bad", TABLE, ids=lambda bad: bad.what)
def test_a_mistake_is_told_with_its_place_its_reason_and_no_secret(bad: Bad, monkeypatch: pytest.MonkeyPatch):
    arrange(bad, monkeypatch)
    named = None if bad.toml is None and bad.env else Path(bad.file)
    with pytest.raises(ConfigError) as refused:
        load(named)
    error = refused.value
    assert error.exit_code == 78
    assert error.hint
    for fragment in bad.says:
        assert fragment in error.message
    for never in (CANARY, "Traceback", "pydantic", "Input should", "Value error"):
        assert never not in f"{error.message} {error.hint}"


def test_every_mistake_has_a_line_of_its_own_and_nothing_else_has(monkeypatch: pytest.MonkeyPatch):
    bad = TABLE[-1]
    arrange(bad, monkeypatch)
    with pytest.raises(ConfigError) as refused:
        load()
    assert len(refused.value.message.splitlines()) == len(bad.says)


def test_without_any_configuration_the_hint_is_init():
    with pytest.raises(ConfigError, match="there is no configuration") as refused:
        load()
    assert "brandsync init" in str(refused.value.hint)


def test_a_file_that_is_not_there_gets_the_nearest_one_beside_it():
    write(Path("brandsync.toml"), GOOD)
    with pytest.raises(ConfigError, match=r"did you mean `brandsync\.toml`\?"):
        load(Path("brandsinc.toml"))


def test_an_override_is_told_as_the_command_lines():
    write(Path("brandsync.toml"), GOOD)
    with pytest.raises(ConfigError, match=r"command line: sync\.recover must be 'rollback' or 'resume'"):
        load(None, {"sync": {"recover": "never"}})


def test_each_good_base_of_the_table_loads():
    for text in (GOOD, fancy("")):
        write(Path("brandsync.toml"), text)
        assert load().name == "brandsync"


@pytest.mark.parametrize(
    ("toml", "hint"),
    [
        (GOOD.replace("[store]", "x = 1\n[store]"), "`brandsync backends rest` lists what a backend takes; "),
        (f"{GOOD}x = 1\n", "`brandsync backends sql` lists what a backend takes; "),
        (
            GOOD.replace("[store]", "x = 1\n[store]\nx = 1"),
            "`brandsync backends rest` and `brandsync backends sql` list what a backend takes; ",
        ),
        (f"{GOOD}[sync]\nx = 1\n", "`brandsync init example` writes a commented example with every setting"),
        ("", "`brandsync init example` writes a commented example with every setting"),
    ],
    ids=["the CMS's", "the store's", "both", "neither's", "nothing"],
)
def test_the_hint_leads_to_the_settings_of_the_section_that_is_wrong(toml: str, hint: str):
    write(Path("brandsync.toml"), toml)
    with pytest.raises(ConfigError) as refused:
        load()
    assert str(refused.value.hint).startswith(hint)


def test_a_variable_that_is_no_setting_leads_to_its_own_backends_page(monkeypatch: pytest.MonkeyPatch) -> None:
    write(Path("brandsync.toml"), GOOD)
    monkeypatch.setenv("BRANDSYNC_STORE__PASWORD", "x")
    with pytest.raises(ConfigError) as raised:
        load()
    assert (raised.value.hint or "").startswith("`brandsync backends sql` lists")


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("brandsync_STORE__PASWORD", None),
        ("BRANDSYNC_STORE__PASSWORD", None),
        ("BRANDSYNC_STORE__TOKEN", None),
        ("BRANDSYNC_STORE__UR", "BRANDSYNC_STORE__URL"),
        ("BRANDSYNC_STROE__TABLE", "BRANDSYNC_STORE__TABLE"),
        ("BRANDSYNC_CMS__PASWORD", "BRANDSYNC_CMS__PASSWORD"),
        ("BRANDSYNC_CMS__FIELDS__NAEM", "BRANDSYNC_CMS__FIELDS__NAME"),
        ("BRANDSYNC_SYNC__MAX_UPDATES", "BRANDSYNC_SAFETY__MAX_UPDATES"),
    ],
)
def test_a_misspelt_variable_is_taken_for_one_of_its_own_section(
    monkeypatch: pytest.MonkeyPatch, variable: str, meant: str | None
) -> None:
    """One backend's secret put into the other's setting would be sent to a stranger."""
    write(Path("brandsync.toml"), GOOD)
    monkeypatch.setenv(variable, CANARY)
    with pytest.raises(ConfigError) as refused:
        load()
    told = re.sub(r".* is not a setting( of the \w+ backend)?", "", refused.value.message)
    assert told.partition("? For a field")[0].removesuffix("?") == (f"; did you mean `{meant}`" if meant else "")


def test_a_store_with_a_password_is_meant_by_its_misspelt_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    store = '[store]\nbackend = "medusa"\nurl = "https://shop.example.com"\n'
    write(Path("brandsync.toml"), GOOD.partition("[store]")[0] + store)
    monkeypatch.setenv("brandsync_STORE__PASWORD", CANARY)
    with pytest.raises(ConfigError, match=r"did you mean `BRANDSYNC_STORE__PASSWORD`\?"):
        load()


def test_a_setting_of_the_other_backend_is_not_suggested() -> None:
    write(Path("brandsync.toml"), f'{GOOD}password = "{CANARY}"\n')
    with pytest.raises(ConfigError) as refused:
        load(Path("brandsync.toml"))
    assert refused.value.message == "brandsync.toml: store.password is not a setting of the sql backend"
