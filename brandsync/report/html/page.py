"""The page: what it shows, and how it is written, piece by piece. Its texts are never markup, and nothing runs."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

import brandsync
from brandsync.journal import RunRecord
from brandsync.report.html import sentences
from brandsync.report.html.cards import ACTIONS, BrandChange, card, cards, clean
from brandsync.report.html.history import HEIGHT, WIDTH, brands_changed, history
from brandsync.report.moments import spoken
from brandsync.report.visible import shortened

LONGEST = 500
"""How many characters are shown of an error, or of a sentence about a brand."""
_PIECE = 200
"""How many pieces of the page are written at once."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a page is about."""

    run: RunRecord
    changes: Iterable[BrandChange]
    """The first changes."""
    names: Mapping[str, str]
    """The names of brands that were left alone, by their entries' ids, where they are known."""
    latest: Sequence[RunRecord]
    """The latest runs, newest first."""
    undone_by: RunRecord | None = None


def page(contents: Contents) -> Iterator[bytes]:
    """The page, in pieces, in UTF-8."""
    package = files("brandsync.report.html")
    style = (package / "page.css").read_text("utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"clean": clean, "spoken": spoken}
    template = environment.from_string((package / "page.html").read_text("utf-8"))
    stream = template.stream(**_values(contents), style=Markup(style), policy=policy(style))  # noqa: S704 - it is ours
    stream.enable_buffering(_PIECE)
    return (piece.encode() for piece in stream)


def policy(style: str) -> str:
    """The Content-Security-Policy: allow exactly this style, images from the web, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; img-src http: https:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _values(contents: Contents) -> dict[str, Any]:
    run = contents.run
    groups = cards(contents.changes)
    listed = sum(map(len, groups.values()))
    return {
        "version": brandsync.__version__,
        "run": run,
        "headline": sentences.headline(run),
        "tone": sentences.tone(run),
        "explanation": sentences.explanation(run),
        "error": clean(shortened(run.error, LONGEST)) if run.error else None,
        "undone_by": contents.undone_by,
        "skipped": [_skipped(brand, contents.names) for brand in run.skipped],
        "more_skipped": max(run.counts.get("skipped", 0) - len(run.skipped), 0),
        "kept": [_left(brand, contents.names) for brand in run.kept],
        "failed": [_left(brand, contents.names) for brand in run.failed],
        "groups": [
            (action, *sentences.heading(run.kind, action), groups[action]) for action in ACTIONS if groups[action]
        ],
        "more_changes": max(brands_changed(run) - listed, 0),
        "history": history(contents.latest, run.id),
        "width": WIDTH,
        "height": HEIGHT,
    }


def _skipped(brand: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any]:
    what, to_do = sentences.REASONS.get(brand["reason"], sentences.UNKNOWN)
    return _named(brand, names) | {"what": what, "do": to_do, "detail": _sentence(brand["detail"])}


def _left(brand: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """A brand that was not taken back, as a change from its present values to the intended ones."""
    there = brand.get("found", brand["written"])
    change = BrandChange("update", brand["cms_id"], names.get(brand["cms_id"]), there, brand["before"])
    return _named(brand, names) | {"fields": card(change).fields, "detail": _sentence(brand["detail"])}


def _named(brand: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    cms_id = brand["cms_id"] or "(an entry without an id)"
    return {"name": clean(shortened(names.get(cms_id, cms_id), LONGEST)), "cms_id": clean(cms_id)}


def _sentence(text: str) -> str:
    text = clean(shortened(text, LONGEST)).strip().replace("`", '"')
    return f"{text[:1].upper()}{text[1:]}"
