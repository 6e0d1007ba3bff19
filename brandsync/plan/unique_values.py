"""Where only the store knows which values are taken, changes that need one are skipped, with the reason."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, runtime_checkable

from brandsync.brand import Fields, Reason, Skipped
from brandsync.plan.change import Action
from brandsync.plan.changes import changes
from brandsync.plan.spool import Spool
from brandsync.plan.unique_names import LINK_IT


@dataclass(frozen=True, slots=True)
class UniqueRule:
    """Something that the store takes once: no two of its brands may be equal in these fields."""

    name: str
    """The store's name for it, such as the name of an index."""
    fields: tuple[str, ...]
    """The fields that it covers, out of ``FIELDS`` and ``LINK_FIELD``."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A value that a change needs and that the store takes only once."""

    key: str | None = None
    """Equal for equal claims, as the store compares them. None where the change claims nothing."""
    holder: str | None = None
    """The id of another brand that has the value, or of something else that blocks it."""
    dead: bool = False
    """The holder isn't listed, because it is soft-deleted."""
    own: bool = False
    """The brand itself has the value already."""


@runtime_checkable
class UniqueValues(Protocol):
    """A store that can say which values are taken, because only it can compare as it does. Other stores have flags."""

    def unique_rules(self) -> Sequence[UniqueRule]:
        """What the store takes once. Called once a run, after the listing."""

    def claims(self, rule: UniqueRule, brands: Sequence[tuple[str | None, Fields]]) -> Sequence[Claim]:
        """What each brand would claim, in the same order. A brand: its id (none for a new one), and what is written."""


_TABLES: Final = (
    """CREATE TEMP TABLE claim (
        rule INTEGER, cms_id TEXT, brand_id TEXT, key TEXT, value TEXT, holder TEXT, dead INTEGER, own INTEGER,
        PRIMARY KEY (rule, cms_id)
    )""",
    "CREATE TEMP TABLE blocked (cms_id TEXT PRIMARY KEY)",
)
"""What each change claims under each rule, and the entries that can't have what they claim."""
_TAKEN: Final = "INSERT INTO blocked SELECT DISTINCT cms_id FROM claim WHERE holder IS NOT NULL"
_TWICE: Final = """
SELECT cms_id, value, CASE cms_id WHEN first THEN last ELSE first END, claims - 2 FROM claim JOIN (
    SELECT key, min(cms_id) AS first, max(cms_id) AS last, count(*) AS claims FROM claim
    WHERE rule = ? AND NOT own AND cms_id NOT IN blocked GROUP BY key HAVING claims > 1
) USING (key) WHERE rule = ? AND NOT own AND cms_id NOT IN blocked"""
_HOLDERS: Final = """
SELECT claim.rule, claim.cms_id, claim.value, claim.holder, claim.dead, other.cms_id, other.holder = claim.brand_id,
    other.cms_id NOT IN blocked AND NOT other.own, (SELECT cms_id FROM cms WHERE brand_id = claim.holder)
FROM claim LEFT JOIN claim AS other ON other.rule = claim.rule AND other.brand_id = claim.holder
WHERE claim.holder IS NOT NULL GROUP BY claim.cms_id ORDER BY claim.rule, claim.cms_id"""
_AT_ONCE: Final = 5_000
_NEEDING: Final = [action for action in Action if action is not Action.DELETE]
_BY_DEFAULT: Final = "what every new brand gets by default"


def skip_claimed(spool: Spool, store: UniqueValues) -> None:
    """Take changes out of the plan whose value the store takes only once, if it is taken or two changes need it.

    A value that this run frees, by a rename or a deletion, still counts as taken: the next run may use it. If several
    entries need one value, none gets it, because none has a better claim.
    """
    rules = store.unique_rules()
    if not rules:
        return
    for table in _TABLES:
        spool.query(table)
    for number, rule in enumerate(rules):
        _add_claims(spool, store, rule, number)
    spool.query(_TAKEN)
    for number, rule in enumerate(rules):
        _skip(spool, _given_twice(spool, rule, number))
        spool.query(f"INSERT INTO blocked SELECT cms_id FROM ({_TWICE})", number, number)
    spool.query("CREATE INDEX claim_brand ON claim (brand_id)")
    _skip(spool, _taken(spool, rules))
    for table in ("claim", "blocked"):
        spool.query(f"DROP TABLE {table}")


def _skip(spool: Spool, found: Iterator[Skipped]) -> None:
    for skipped in found:
        spool.query("CREATE INDEX IF NOT EXISTS change_cms_id ON change (cms_id)")
        spool.query("DELETE FROM change WHERE cms_id = ?", skipped.cms_id)
        spool.skip(skipped)


def _add_claims(spool: Spool, store: UniqueValues, rule: UniqueRule, number: int) -> None:
    for some in changes(spool, *_NEEDING, most=_AT_ONCE):
        claims = store.claims(rule, [(change.brand_id, change.after) for change in some])
        spool.many(
            "INSERT INTO claim VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (number, change.cms_id, change.brand_id, claim.key, told, claim.holder, claim.dead, claim.own)
                for change, claim in zip(some, claims, strict=True)
                if claim.key is not None and (told := _told(rule, change.after))
            ],
        )


def _told(rule: UniqueRule, fields: Any) -> str:
    return " and ".join(f"the {name} {fields[name]!r}" for name in rule.fields if name in fields) or _BY_DEFAULT


def _given_twice(spool: Spool, rule: UniqueRule, number: int) -> Iterator[Skipped]:
    for cms_id, value, other, more in spool.query(_TWICE, number, number):
        others = f"entry {other} is" if not more else f"entry {other} and {more} more are"
        detail = f"{others} to have {value} too, and {_once(rule)}: {_remedy(rule)}"
        yield Skipped(cms_id, _reason(rule), detail)


def _taken(spool: Spool, rules: Sequence[UniqueRule]) -> Iterator[Skipped]:
    for number, cms_id, value, holder, dead, other, exchange, is_freed, owner in spool.query(_HOLDERS):
        rule = rules[number]
        has = f"brand {holder!r} has {value}"
        if dead:
            detail = f"{has}, though it is deleted, and {_once(rule)}: {_remedy(rule)}, or remove that row for good"
        elif exchange:
            detail = (
                f"{has}, and its entry {other} is to get this one's in exchange, but {_once(rule)}: give one of the two"
                " a third value, run, and give it the right one afterwards"
            )
        elif is_freed:
            detail = f"{has} until this run changes it, and {_once(rule)}: the next run can give it to this entry"
        else:
            detail = f"{has}, and {_once(rule)}: {_remedy(rule)}" + (
                f" (its entry is {owner})" if owner else f", or {LINK_IT}"
            )
        yield Skipped(cms_id, _reason(rule), detail)


def _once(rule: UniqueRule) -> str:
    return f"the store takes it once (unique index {rule.name})"


def _reason(rule: UniqueRule) -> Reason:
    if rule.fields == ("name",):
        return "name_taken"
    return "handle_taken" if rule.fields == ("handle",) else "value_taken"


def _remedy(rule: UniqueRule) -> str:
    if not rule.fields:
        return "map a field to one of its columns, or give the column another default"
    return "rename one" if rule.fields == ("name",) else "change one"
