"""Backends that talk to recorded servers: what a real one once answered, played back with no network.

``python tests/record.py`` starts the real servers and records anew. A cassette holds no credentials and no address:
those of the recording are replaced, here and nowhere else.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import vcr
from vcr.request import Request

CASSETTES = Path(__file__).parent / "cassettes"
RECORDING = os.environ.get("BRANDSYNC_TEST_RECORD") == "1"
SECRETS = ("token", "api_key", "application_password", "password", "username", "email")
SCRUBBED = "scrubbed"
HIDDEN_HEADERS = ["authorization", "cookie", "user-agent", "host"]
MOMENT = re.compile(r"20\d\d-\d\d-\d\dT\d\d(?::|%3A)\d\d(?::|%3A)\d\d(?:\.\d+)?Z")
"""A time of day in a query: another one each time."""
KEPT_ANSWERS = ("content-type", "retry-after", "allow", "x-wp-total", "x-wp-totalpages", "link", "location", "date")


def address(name: str) -> str:
    """Where a recorded server is, as its cassettes have it."""
    return f"http://{name}.test"


def scrubbed(settings: dict[str, Any], name: str) -> dict[str, Any]:
    """Settings as a cassette's reader needs them: no secret, and no address of this machine."""
    return {key: SCRUBBED if key in SECRETS else value for key, value in settings.items()} | {"url": address(name)}


@contextmanager
def cassette(name: str, test: str, real: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The settings of a backend to be tested: of the running server while recording, else of the cassette.

    ``real`` are the running server's settings, needed only while recording.
    """
    folder = CASSETTES / name
    kept = folder / f"{test}.json"
    if RECORDING:
        folder.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(scrubbed(real, name), indent=1) + "\n", "utf-8")
        (folder / f"{test}.yaml").unlink(missing_ok=True)
    settings = real if RECORDING else json.loads(kept.read_text("utf-8"))
    with _recorder(name, real).use_cassette(f"{folder / test}.yaml"):
        yield settings


def _recorder(name: str, real: dict[str, Any]) -> vcr.VCR:
    secrets = [str(value) for key, value in real.items() if key in SECRETS and value]

    def clean(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, SCRUBBED)
        return text.replace(str(real["url"]), address(name)) if real else text

    def request(sent: Request) -> Request:
        sent.uri = MOMENT.sub("NOW", clean(sent.uri))
        return sent

    def response(answer: dict[str, Any]) -> dict[str, Any]:
        answer["headers"] = {
            key: [clean(value) for value in values]
            for key, values in answer["headers"].items()
            if key.lower() in KEPT_ANSWERS
        }
        body = answer["body"].get("string") or b""
        text = clean(body.decode() if isinstance(body, bytes) else body)
        answer["body"]["string"] = text.encode() if isinstance(body, bytes) else text
        return answer

    return vcr.VCR(
        record_mode=vcr.mode.ALL if RECORDING else vcr.mode.NONE,
        match_on=("method", "path", "query", "body"),
        filter_headers=HIDDEN_HEADERS,
        before_record_request=request,
        before_record_response=response,
        decode_compressed_response=True,
    )
