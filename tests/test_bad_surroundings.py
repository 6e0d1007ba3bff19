"""The real process where little is as it should be: no locale, no home, no reader, no room for a file."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from cms_wire import Fault
from extent import enough
from shop import Shop, entries

pytestmark = pytest.mark.slow

OUTPUTS = ["json", "plain", "rich"]
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
NAME = "Café 漢字 \u202e"


@pytest.fixture
def pipeline(shop: Shop) -> Shop:
    """A shop with three brands to create."""
    for entry in [*entries(2), {"id": "u", "name": NAME}]:
        shop.cms.add(entry)
    return shop


def in_shell(shop: Shop, line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A line of bash, in which $B is the command; prints the exit code of its first part at the end."""
    command = f"{shlex.quote(sys.executable)} -m brandsync"
    return subprocess.run(
        ["bash", "-c", f"{line}; echo ${{PIPESTATUS[0]}} >&2"],
        cwd=shop.directory,
        env=os.environ | {"B": command, "C": str(shop.config)} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("output", enough(["rich"], of=OUTPUTS))  # tests/cli tries each without a process
def test_a_run_whose_reader_goes_away_ends_as_it_would_have(pipeline: Shop, output: str) -> None:
    for entry in entries(1500, "Another"):
        pipeline.cms.add({**entry, "id": f"x{entry['id']}"})
    ran = in_shell(pipeline, f"$B sync --output {output} --config $C | head -c 1 > /dev/null")
    assert ran.stderr == "0\n"
    assert pipeline.is_in_line()


def test_a_run_whose_reader_of_errors_has_gone_ends_as_it_would_have(pipeline: Shop) -> None:
    ran = in_shell(pipeline, "($B sync --config nowhere.toml; echo $? > code) 2>&1 >/dev/null | true")
    assert ran.returncode == 0
    assert (pipeline.directory / "code").read_text() == "78\n"


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_locale_without_utf_8_changes_how_names_are_shown(pipeline: Shop, output: str) -> None:
    ran = pipeline.run("sync", "--dry-run", "--output", output, **ASCII)
    assert (ran.returncode, ran.stderr) == (0, "")
    if output == "json":
        assert json.loads(ran.stdout)["changes"][2]["after"]["name"] == NAME
    else:
        assert "Caf\\xe9 \\u6f22\\u5b57 \\u202e" in ran.stdout


def test_a_locale_without_utf_8_changes_no_name(pipeline: Shop) -> None:
    assert pipeline.run("sync", **ASCII).returncode == 0
    assert NAME in pipeline.names().values()


def test_it_needs_no_home(pipeline: Shop) -> None:
    ran = in_shell(pipeline, "env -u HOME -u XDG_STATE_HOME -u USER -u LOGNAME $B sync --config $C")
    assert ran.stderr == "0\n"
    ran = in_shell(pipeline, "HOME=/dev/null XDG_STATE_HOME=/dev/null/state $B check --config $C")
    assert ran.stderr == "0\n"
    assert pipeline.is_in_line()


def test_it_needs_no_directory_to_write_to(pipeline: Shop) -> None:
    ran = in_shell(pipeline, "cd / && TMPDIR=/nowhere $B sync --config $C")
    assert ran.stderr == "0\n"
    assert pipeline.is_in_line()


def test_a_file_that_may_not_grow_leaves_everything_as_it_was(pipeline: Shop) -> None:
    assert pipeline.sync()["exit_code"] == 0
    before = pipeline.names()
    for entry in entries(300, "Large"):
        pipeline.cms.add({**entry, "id": f"large-{entry['id']}", "description": "x" * 5_000})
    ran = in_shell(pipeline, "trap '' XFSZ; ulimit -f 512; $B sync --force --config $C")
    first, *rest, code = ran.stderr.splitlines()
    assert (code, first.startswith("error: "), len(rest) <= 1) == ("1", True, True), ran.stderr
    assert "Traceback" not in ran.stderr
    assert pipeline.names() == before
    assert pipeline.run("sync", "--force").returncode == 0
    assert pipeline.is_in_line()


def test_a_configuration_in_another_encoding_or_none_is_78(pipeline: Shop, tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    for content in ('name = "Café"'.encode("latin-1"), b"\x00" * 100, b"[cms", b""):
        file.write_bytes(content)
        ran = in_shell(pipeline, "$B sync --config other.toml")
        assert ran.stderr.splitlines()[-1] == "78"
        assert "Traceback" not in ran.stderr


def test_a_structlog_that_happens_to_be_installed_says_nothing_on_stdout(pipeline, tmp_path):
    (tmp_path / "structlog.py").write_text("class get_logger:\n    def warning(self, *a, **b):\n        print(a, b)\n")
    pipeline.cms.faults.append(Fault("status", method="GET", nth=1))
    ended = pipeline.run("sync", "--output", "json", PYTHONPATH=str(tmp_path))
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["counts"]["created"] == 3
    assert "; it is tried again in" in ended.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_is_as_good_as_one_that_leads_to_nowhere(pipeline: Shop, closed: str) -> None:
    in_shell(pipeline, f"($B sync --config $C {closed}; echo $? > code)")
    assert (pipeline.directory / "code").read_text() == "0\n"
    assert pipeline.is_in_line()
    in_shell(pipeline, f"($B sync --config nowhere.toml {closed}; echo $? > code)")
    assert (pipeline.directory / "code").read_text() == "78\n"


def test_what_is_said_on_the_open_stream_stays_where_the_other_one_is_closed(pipeline: Shop) -> None:
    assert "3 brands created" in in_shell(pipeline, "$B sync --config $C 2>&-").stdout
    assert "nowhere.toml" in in_shell(pipeline, "$B sync --config nowhere.toml >&-").stderr
