import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from brandsync.cms.file import FileCms
from brandsync.cms.rest import RestCms
from brandsync.config import Limit, load, load_all
from brandsync.errors import ConfigError
from brandsync.stores.sql import SqlStore

GUIDE = """
[cms]
backend = "rest"
url = "https://cms.example.com/api"
token = "from-the-file"

[store]
backend = "sql"
url = "sqlite:///brands.db"
"""


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("BRANDSYNC_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def write(text: str = GUIDE, name: str = "brandsync.toml") -> Path:
    path = Path(name)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def settings(**overrides: Any) -> Any:
    """The CMS's settings, whose class is the backend's own."""
    return load(None, overrides).cms


def token() -> str:
    return settings().token.get_secret_value()


# --- one file


def test_the_guides_configuration_needs_two_sections():
    config = load(write())
    assert config.name == "brandsync"
    assert config.file == Path("brandsync.toml")
    assert config.directory == Path.cwd()
    assert config.cms_class is RestCms
    assert config.store_class is SqlStore
    assert isinstance(config.cms, RestCms.Settings)
    assert config.cms.backend == "rest"


def test_everything_else_has_the_documented_default():
    config = load(write())
    assert config.journal.model_dump() == {"url": None, "keep_runs": 100}
    assert config.sync.model_dump() == {
        "match_on": "name",
        "link": "cms",
        "on_conflict": "cms",
        "on_missing": "ignore",
        "full_every": timedelta(days=7),
        "recover": "rollback",
        "keep_going": False,
    }
    limits = [config.safety.max_creates, config.safety.max_updates, config.safety.max_deletes, config.safety.max_shrink]
    assert [str(limit) for limit in limits] == ["100%", "30%", "10%", "30%"]


def test_the_files_name_names_the_pipeline_unless_it_says_otherwise():
    assert load(write(name="shop-1.toml")).name == "shop-1"
    assert load(write('name = "other"' + GUIDE, name="shop-1.toml")).name == "other"


def test_relative_paths_start_at_the_files_directory_and_not_at_the_current_one():
    text = '[cms]\nbackend = "file"\npath = "b.json"\n[store]\nbackend = "sql"\nurl = "sqlite:///brands.db"\n'
    config = load(write(f'{text}[journal]\nurl = "sqlite:///runs.db"\n', "pipelines/shop.toml"))
    here = Path.cwd() / "pipelines"
    assert config.directory == here
    assert config.cms_class is FileCms
    assert config.cms.path == here / "b.json"  # type: ignore[attr-defined]
    assert config.store.url.get_secret_value() == f"sqlite:///{here}/brands.db"  # type: ignore[attr-defined]
    assert config.journal.url is not None
    assert config.journal.url.get_secret_value() == f"sqlite:///{here}/runs.db"


def test_a_file_that_windows_marked_as_utf_8_is_read():
    Path("brandsync.toml").write_text(GUIDE, encoding="utf-8-sig")
    assert load().cms.backend == "rest"


def test_a_configuration_shows_no_secret():
    assert "from-the-file" not in repr(load(write()))


def test_a_configuration_cannot_be_changed():
    config = load(write())
    with pytest.raises(AttributeError):
        config.name = "other"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        config.sync.keep_going = True


# --- which file


def test_without_a_name_the_file_in_the_current_directory_is_read():
    write()
    assert load().file == Path("brandsync.toml")


def test_brandsync_config_names_the_file(monkeypatch: pytest.MonkeyPatch):
    write()
    write(name="shop.toml")
    monkeypatch.setenv("BRANDSYNC_CONFIG", "shop.toml")
    assert load().name == "shop"
    assert load(Path("brandsync.toml")).name == "brandsync"


def test_the_environment_alone_is_enough(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BRANDSYNC_CMS__BACKEND", "file")
    monkeypatch.setenv("BRANDSYNC_CMS__PATH", "brands.json")
    monkeypatch.setenv("BRANDSYNC_STORE", json.dumps({"backend": "sql", "url": "sqlite:///b.db"}))
    config = load()
    assert (config.name, config.file, config.directory) == ("brandsync", None, Path.cwd())
    assert config.cms.path == Path.cwd() / "brands.json"  # type: ignore[attr-defined]


# --- the sources and their order


def test_each_source_wins_over_those_below_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write()
    assert token() == "from-the-file"
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "BRANDSYNC_CMS__TOKEN").write_text("from-the-secrets\n")
    monkeypatch.setenv("BRANDSYNC_SECRETS_DIR", str(secrets))
    assert token() == "from-the-secrets"
    Path(".env").write_text("BRANDSYNC_CMS__TOKEN=from-dotenv\nSOMETHING_ELSE=1\n")
    assert token() == "from-dotenv"
    monkeypatch.setenv("BRANDSYNC_CMS__TOKEN", "from-the-environment")
    assert token() == "from-the-environment"
    assert settings(cms={"token": "from-the-command-line"}).token.get_secret_value() == "from-the-command-line"


def test_overrides_leave_the_rest_of_their_section_alone():
    write(GUIDE + '[sync]\nmatch_on = "handle"\n')
    sync = load(None, {"sync": {"keep_going": True}}).sync
    assert (sync.keep_going, sync.match_on) == (True, "handle")


def test_variables_are_read_whatever_their_case(monkeypatch: pytest.MonkeyPatch):
    write()
    monkeypatch.setenv("brandsync_cms__Token", "lower")
    assert token() == "lower"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("'abc${x}def'", "abc${x}def"),
        ("'${OTHER}'", "${OTHER}"),
        ("'it\\'s ${OTHER:-x}' # a comment", "it's ${OTHER:-x}"),
        ("'two\n${OTHER}'", "two\n${OTHER}"),
        ("'abc$def'", "abc$def"),
        ('"${OTHER}-x"', "other-x"),
        ("${OTHER}-x", "other-x"),
        ("${MISSING:-default}", "default"),
        ("${EARLIER}", "of this file"),
    ],
)
def test_dotenv_expands_variables_but_not_between_single_quotes(
    written: str, value: str, monkeypatch: pytest.MonkeyPatch
):
    write()
    monkeypatch.setenv("OTHER", "other")
    Path(".env").write_text(f"EARLIER='of this file'\n\nexport BRANDSYNC_CMS__TOKEN = {written}\n")
    assert token() == value


def test_lines_of_dotenv_for_other_programs_may_name_what_is_not_set() -> None:
    write()
    Path(".env").write_text("DOCKER_PASSES_ON\nOTHERS=${NOPE}\nBRANDSYNC_CMS__TOKEN=${OTHERS:-default}\n")
    assert token() == "default"


@pytest.mark.parametrize("value", ["12345", "true", "null", "1e5", "{}", '["a"]', '{"a": 1}', " padded ", "", "a=b#c"])
def test_a_secret_in_a_variable_stays_the_text_it_is(value: str, monkeypatch: pytest.MonkeyPatch):
    write()
    monkeypatch.setenv("BRANDSYNC_CMS__TOKEN", value)
    assert token() == value


def test_variables_are_text_for_numbers_switches_durations_and_limits(monkeypatch: pytest.MonkeyPatch):
    write()
    monkeypatch.setenv("BRANDSYNC_CMS__PAGE_SIZE", "25")
    monkeypatch.setenv("BRANDSYNC_SYNC__KEEP_GOING", "yes")
    monkeypatch.setenv("BRANDSYNC_SYNC__FULL_EVERY", "12h")
    monkeypatch.setenv("BRANDSYNC_SAFETY__MAX_UPDATES", "50")
    monkeypatch.setenv("BRANDSYNC_SAFETY__MAX_DELETES", "12.5%")
    config = load()
    assert config.cms.page_size == 25  # type: ignore[attr-defined]
    assert config.sync.keep_going
    assert config.sync.full_every == timedelta(hours=12)
    assert config.safety.max_updates == Limit(count=50)
    assert config.safety.max_deletes == Limit(percent=12.5)


def test_nested_and_free_form_tables_take_one_variable_a_key_or_json(monkeypatch: pytest.MonkeyPatch):
    write(GUIDE + '[cms.fields]\ndescription = "body"\n')
    monkeypatch.setenv("BRANDSYNC_CMS__FIELDS__NAME", "title.raw")
    monkeypatch.setenv("BRANDSYNC_CMS__HEADERS__X_Y", "7")
    monkeypatch.setenv("BRANDSYNC_CMS__PARAMS", '{"status": "live"}')
    monkeypatch.setenv("BRANDSYNC_STORE__COLUMNS__NAME", "title")
    monkeypatch.setenv("BRANDSYNC_STORE__COLUMNS__ID", "7")
    columns = load().store.columns  # type: ignore[attr-defined]
    assert (columns.name, columns.id) == ("title", "7")
    cms = settings()
    assert cms.fields.paths == {"name": "title.raw", "description": "body"}
    assert {name: value.get_secret_value() for name, value in cms.headers.items()} == {"x_y": "7"}
    assert cms.params["status"].get_secret_value() == "live"


def test_the_name_can_come_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    write()
    monkeypatch.setenv("BRANDSYNC_NAME", "nightly")
    assert load().name == "nightly"


def test_secrets_are_read_as_kubernetes_mounts_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write()
    mount = tmp_path / "secrets"
    version = mount / "..2026_11_24_04_00_00.123"
    version.mkdir(parents=True)
    (version / "BRANDSYNC_CMS__TOKEN").write_text("mounted\n")
    (version / "unrelated").write_text("not ours")
    (mount / "..data").symlink_to(version.name)
    for name in ("BRANDSYNC_CMS__TOKEN", "unrelated"):
        (mount / name).symlink_to(f"..data/{name}")
    monkeypatch.setenv("BRANDSYNC_SECRETS_DIR", str(mount))
    assert token() == "mounted"


def test_variables_of_kubernetes_services_and_of_these_tests_are_no_settings(monkeypatch: pytest.MonkeyPatch):
    write()
    for name in ("SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT", "PORT_80_TCP", "PORT_80_TCP_ADDR"):
        monkeypatch.setenv(f"BRANDSYNC_{name}", "tcp://10.0.0.1:80")
    monkeypatch.setenv("BRANDSYNC_TEST_DATABASE", "x")
    assert load().name == "brandsync"


def test_another_backend_in_a_stronger_source_drops_the_weaker_ones_keys(monkeypatch: pytest.MonkeyPatch):
    write()
    monkeypatch.setenv("BRANDSYNC_CMS__BACKEND", "file")
    monkeypatch.setenv("BRANDSYNC_CMS__PATH", "brands.json")
    config = load()
    assert config.cms_class is FileCms
    assert config.store_class is SqlStore


def test_the_same_backend_in_a_stronger_source_keeps_them(monkeypatch: pytest.MonkeyPatch):
    write()
    monkeypatch.setenv("BRANDSYNC_CMS__BACKEND", "rest")
    assert token() == "from-the-file"


def test_variables_of_an_overruled_backend_are_dropped_too(monkeypatch: pytest.MonkeyPatch):
    write()
    Path(".env").write_text("BRANDSYNC_CMS__BACKEND=rest\nBRANDSYNC_CMS__URL=https://x.example.com\n")
    monkeypatch.setenv("BRANDSYNC_CMS__BACKEND", "file")
    monkeypatch.setenv("BRANDSYNC_CMS__PATH", "brands.json")
    assert load().cms_class is FileCms


# --- many pipelines


def test_a_directory_holds_one_pipeline_a_file_in_the_order_of_their_names(monkeypatch: pytest.MonkeyPatch):
    for name in ("b.toml", "a.toml", ".hidden.toml", "notes.txt"):
        write(name=f"pipelines/{name}")
    assert [config.name for config in load_all(Path("pipelines"))] == ["a", "b"]
    monkeypatch.setenv("BRANDSYNC_CONFIG", "pipelines")
    assert [config.name for config in load_all()] == ["a", "b"]


def test_one_file_is_one_pipeline():
    write()
    assert [config.name for config in load_all()] == ["brandsync"]


def test_overrides_reach_every_pipeline():
    write(name="pipelines/a.toml")
    write(name="pipelines/b.toml")
    configs = load_all(Path("pipelines"), {"sync": {"recover": "resume"}})
    assert [config.sync.recover for config in configs] == ["resume", "resume"]


def test_a_directory_without_a_pipeline_is_refused():
    Path("pipelines").mkdir()
    with pytest.raises(ConfigError, match=r"pipelines: the directory holds no \*\.toml file"):
        load_all(Path("pipelines"))


def test_two_pipelines_of_one_name_are_both_refused():
    write('name = "shop"' + GUIDE, "pipelines/a.toml")
    write(name="pipelines/b.toml")
    write(name="pipelines/shop.toml")
    first, second, third = load_all(Path("pipelines"))
    assert 'pipelines/a.toml: is named "shop", as pipelines/shop.toml is' in first.message
    assert second.name == "b"
    assert 'pipelines/shop.toml: is named "shop", as pipelines/a.toml is' in third.message


def test_one_files_mistakes_do_not_keep_the_others_from_being_loaded():
    write(GUIDE.replace("token", "toekn"), "pipelines/a.toml")
    write(name="pipelines/b.toml")
    write("[cms", "pipelines/c.toml")
    first, second, third = load_all(Path("pipelines"))
    assert isinstance(first, ConfigError)
    assert first.message.startswith("pipelines/a.toml: ")
    assert second.name == "b"
    assert isinstance(third, ConfigError)
    assert third.message.startswith("pipelines/c.toml: ")
