"""How the fuzz tests run the command, and what has to hold of each of its ends."""

import io
import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evidence import CORE, leaks
from extent import EVERY, enough
from hypothesis import HealthCheck, Phase, event, settings
from ran import Ran

from brandsync.cli import main
from brandsync.errors import EXIT_CODES

CODES = {code for code, _ in EXIT_CODES} - {70}
COMMANDS = (["check"], ["sync", "--dry-run"], ["sync"], ["runs", "show", "last"], ["undo", "last"])
OUTPUTS = ("plain", "json", "rich")


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
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)}
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", errors="backslashreplace") for _ in range(2))
    sys.stdout, sys.stderr, sys.argv = out, err, ["brandsync", *arguments]
    try:
        main()
        code: Any = None
    except SystemExit as ended:
        code = ended.code
    finally:
        sys.stdout, sys.stderr, sys.argv = streams
        for number, handler in handlers.items():
            signal.signal(number, handler)
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
