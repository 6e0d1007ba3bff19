"""What ``brandsync check`` says about Directus, which itself answers 403 to whatever is wrong."""

from collections.abc import Iterator
from datetime import UTC, datetime

from brandsync.backend import Finding
from brandsync.cms.checked import link_finding
from brandsync.cms.directus.changes import dated_since, touched_since
from brandsync.cms.directus.items import Items, both
from brandsync.cms.entry_check import Sample, entry_findings
from brandsync.cms.interface import Cms, CmsLinks, CmsPage
from brandsync.errors import CredentialsRefused
from brandsync.errors.hints import did_you_mean
from brandsync.errors.plural import plural


def findings(cms: Cms, links: CmsLinks, items: Items, *, changes: bool) -> Iterator[Finding]:
    """All findings, the token's first. ``changes``: a run may ask for what changed since the last one."""
    yield from _token(items)
    if missing := _collection(items):
        yield missing
        return
    page = cms.retrieve_brands()
    yield _reached(cms, page, items)
    included = {path.partition(".")[0] for path in items.settings.include.split(",")}
    sample = Sample.of(page, cms.retrieve_brands)
    yield from entry_findings(items.settings, sample, links=True, leads_out=included.__contains__, allow=_INCLUDED)
    yield link_finding(links, "the token may write external ids", _JOURNAL, start="")
    if changes:
        yield from _changes(items)


_INCLUDED = (
    'where brands have one, name `{0}` in `include` in [cms], and allow the action "read" on the collection that `{0}`'
    " leads to in the policy of the token's user"
)
_JOURNAL = 'or let links live in the journal alone: link = "journal" in [sync]'


def _token(items: Items) -> Iterator[Finding]:
    token = items.settings.token.get_secret_value()
    if token.count(".") == 2 and token.startswith("eyJ"):
        yield Finding(
            ok=False,
            what="the token is one that a login gives: it ends within minutes",
            fix="generate a static token in Directus (the user's page, at the bottom) and set it as `token` in [cms]",
        )


def _collection(items: Items) -> Finding | None:
    name = items.settings.collection
    rights = items.data("/permissions/me")
    readable = [key for key, actions in rights.items() if actions.get("read", {}).get("access", "none") != "none"]
    if name in readable:
        return None
    own = sorted(key for key in readable if not key.startswith("directus_"))
    known = f"it may read {', '.join(f'`{key}`' for key in own)}" if own else "it may read no collection"
    return Finding(
        ok=False,
        what=f"`{name}` is no collection that the token may read ({known}){did_you_mean(name, own)}",
        fix=f'correct `collection` in [cms], or allow the action "read" on `{name}` in the policy of the token\'s user',
    )


def _reached(cms: Cms, page: CmsPage, items: Items) -> Finding:
    entries = plural(page.total or 0, "entry")
    what = f"GET {cms.where()}: the first page holds {len(page.entries)} of {page.total} {entries}"
    hidden = 0 if page.entries else items.count({})
    if not hidden:
        return Finding(ok=True, what=what)
    fix = "set `filter` in [cms] to what your published items have in common"
    return Finding(ok=False, what=f"{what}; {hidden} more are not what `filter` asks for", fix=fix)


def _changes(items: Items) -> Iterator[Finding]:
    now = datetime.now(UTC)
    try:
        items.count(both(items.settings.filter, dated_since(items.settings, now)))
    except CredentialsRefused:
        yield Finding(
            ok=False,
            what="changed items cannot be asked for: `date_updated` or `date_created` is no field the token may read",
            fix='name those fields of the collection in [cms]; date_created = "" where there is none',
        )
    try:
        items.touched(touched_since(now), 0)
    except CredentialsRefused:
        yield Finding(
            ok=True,
            what="every run lists all items: the token may not read the log that tells of published versions",
            fix='allow the action "read" on `directus_activity` (rule: collection equals'
            f" {items.settings.collection}) in the policy of its user, and runs list only what changed",
        )
    else:
        yield Finding(ok=True, what="the token may read the log that tells of published versions")
