import re
import stat
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from command import Catalogue, Command

from brandsync.cli.new_files import NewFile, write_new
from brandsync.cms.file.backend import FileSettings
from brandsync.config import load
from brandsync.config.sections import ImageSettings, JournalSettings, SafetySettings, SyncSettings
from brandsync.errors import ConfigError
from brandsync.settings.listing import settings_of
from brandsync.stores.sql.settings import SqlSettings

SECTIONS = {
    "cms": FileSettings,
    "store": SqlSettings,
    "journal": JournalSettings,
    "sync": SyncSettings,
    "images": ImageSettings,
    "safety": SafetySettings,
}


def test_it_says_what_to_type_next(brandsync: Command) -> None:
    ran = brandsync("init", "my shop")
    assert ran.code == 0
    assert ran.lines == [
        "Wrote my shop/brandsync.toml and my shop/brands.json.",
        "Next: cd 'my shop' && brandsync sync --dry-run",
    ]


def test_only_its_owner_can_read_the_configuration(catalogue: Catalogue) -> None:
    assert stat.S_IMODE(catalogue.config.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["brandsync.toml", "brands.json"])
def test_it_overwrites_nothing_and_writes_nothing_beside_it(brandsync: Command, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine", "utf-8")
    ran = brandsync("init")
    assert ran.code == 2
    assert f"error: {name}: is there already" in ran.err
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text("utf-8") == "mine"


def test_it_leaves_nothing_half_written(brandsync: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", "utf-8")
    ran = brandsync("init", "file/shop")
    assert ran.code == 78
    assert "cannot be written" in ran.err
    with pytest.raises(ConfigError, match="cannot be written"):
        write_new({tmp_path / "one": NewFile(b"1"), tmp_path / "file" / "two": NewFile(b"2")}, hint="elsewhere")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_wordpress_plugin_is_written_once_and_never_over_another(brandsync: Command, tmp_path: Path) -> None:
    ran = brandsync("init", "wordpress-plugin", "plugins")
    assert ran.lines[0] == "Wrote plugins/brandsync-brands.php."
    assert brandsync("init", "wordpress-plugin", "plugins").lines[0] == "The plugin is there already."
    (tmp_path / "plugins" / "brandsync-brands.php").write_text("<?php // mine", "utf-8")
    again = brandsync("init", "wordpress-plugin", "plugins")
    assert (again.code, "nothing is overwritten" in again.err) == (78, True)


def test_what_is_commented_out_is_the_default(catalogue: Catalogue) -> None:
    before = load(catalogue.config)
    text = catalogue.config.read_text("utf-8")
    catalogue.config.write_text(re.sub(r"(?m)^# (?=\w+ = )", "", text), "utf-8")
    assert load(catalogue.config) == before


def test_every_setting_is_in_the_template(catalogue: Catalogue) -> None:
    text = catalogue.config.read_text("utf-8")
    everything = tomllib.loads(re.sub(r"(?m)^#{1,2} (?=\w+ = |\[)", "", text))
    for section, model in SECTIONS.items():
        for setting in settings_of(model):
            found = everything[section]
            for key in setting.key.replace("*", "founded").split("."):
                assert key in found, f"{section}.{setting.key} is not in the template"
                found = found[key]


def test_every_setting_is_explained(catalogue: Catalogue) -> None:
    lines = catalogue.config.read_text("utf-8").splitlines()
    for above, line in pairwise(lines):
        if re.match(r"# \w+ = ", line):
            assert re.match(r"# [A-Z{].*[.:]$|# SQLite file", above) or above.endswith("."), line
