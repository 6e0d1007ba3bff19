"""A second look at what one listing can't prove: missing linked entries, and ids that came with two contents.

An entry is gone if both looks lack it. An id belongs to several entries if the second look has several contents too.
Else an editor has saved between two pages of the first. A second look that is known to be incomplete proves neither.
"""

from collections.abc import Iterator, Sequence

from brandsync.brand import CmsBrand, Skipped
from brandsync.observing.excerpt import excerpt
from brandsync.plan.spool import LINKED_BUT_MISSING, Spool

_TABLES = (
    "CREATE TABLE wanted (cms_id TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE came (cms_id TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE again ({columns})",
    "CREATE UNIQUE INDEX again_once ON again (cms_id, ifnull(external_id, ''), ifnull(detail, ''), {fields})",
)


class SecondLook:
    """A second look at some entries of a spool."""

    def __init__(self, spool: Spool, *, whole: bool) -> None:
        """``whole``: the first look covered the whole CMS, so an entry that it lacks may be gone."""
        self._spool = spool
        self._without_id = 0
        for table in _TABLES:
            spool.query(table.format(columns=", ".join(spool.entry_columns), fields=spool.of_fields("ifnull({}, 0)")))
        spool.query("INSERT INTO wanted SELECT cms_id FROM cms WHERE doubtful")
        if whole:
            spool.query(f"INSERT OR IGNORE INTO wanted {LINKED_BUT_MISSING}")

    def wanted(self, most: int) -> list[str]:
        """The first ids to look at."""
        return [row[0] for row in self._spool.query("SELECT cms_id FROM wanted ORDER BY cms_id LIMIT ?", most)]

    def add(self, entries: Sequence[CmsBrand | Skipped]) -> None:
        """Keep the wanted ones among these entries, and count them all."""
        ids = [entry.cms_id for entry in entries if entry.cms_id]
        self._without_id += len(entries) - len(ids)
        self._spool.many("INSERT OR IGNORE INTO came VALUES (?)", zip(ids))
        query = "SELECT cms_id FROM wanted WHERE cms_id IN ({values})"
        wanted = {row[0] for row in self._spool.among(query, ids)}
        marks = ", ".join("?" * len(self._spool.entry_columns))
        rows = self._spool.entry_rows([entry for entry in entries if entry.cms_id in wanted])
        self._spool.many(f"INSERT OR IGNORE INTO again VALUES ({marks})", rows)

    def listed(self) -> int:
        """How many entries came. One id with two contents counts as two."""
        others = "SELECT count(*) - count(DISTINCT cms_id) FROM again"
        return int(self._spool.value(f"SELECT (SELECT count(*) FROM came) + ({others})")) + self._without_id

    def conclude(self, *, proved: bool) -> None:
        """Take in what is proved now. An entry that only one of the two looks had is there.

        ``proved``: nothing says that this look lacks anything.
        """
        spool = self._spool
        spool.query("CREATE TABLE once AS SELECT cms_id FROM again GROUP BY cms_id HAVING count(*) = 1")
        spool.query("DELETE FROM skipped WHERE cms_id IN (SELECT cms_id FROM again)")
        columns = ", ".join(spool.entry_columns)
        spool.query(
            f"INSERT INTO cms ({columns}) SELECT {columns} FROM again WHERE cms_id IN (SELECT cms_id FROM once)"
            f" ON CONFLICT (cms_id) DO UPDATE SET {spool.entry_replaced}"
        )
        spool.query(
            "INSERT INTO skipped (cms_id, reason, detail) SELECT cms_id, problem, detail FROM again"
            " WHERE problem IS NOT NULL AND cms_id IN (SELECT cms_id FROM once)"
        )
        spool.query(
            "INSERT OR IGNORE INTO cms (cms_id, external_id)"
            " SELECT cms_id, max(external_id) FROM again WHERE cms_id NOT IN (SELECT cms_id FROM once) GROUP BY cms_id"
        )
        for skipped in [*self._collisions(), *([] if proved else self._doubts())]:
            spool.skip(skipped)

    def _collisions(self) -> Iterator[Skipped]:
        """Each entry that shares its id with another."""
        name = self._spool.column("name") or "NULL"
        found = self._spool.query(
            f"SELECT cms_id, {name}, row_number() OVER (PARTITION BY cms_id ORDER BY rowid), count(*) OVER (PARTITION"
            " BY cms_id) FROM again WHERE cms_id NOT IN (SELECT cms_id FROM once) ORDER BY rowid"
        )
        for cms_id, name, number, entries in found:
            named = f'"{excerpt(name)}"' if name else "without a name"
            detail = f"{named} is entry {number} of {entries} with this id: give each an id of its own"
            yield Skipped(cms_id, "duplicate_id", detail)

    def _doubts(self) -> Iterator[Skipped]:
        """Each entry for which nobody knows whether it shares its id with another."""
        detail = "it came with different contents, and no whole listing shows whether they are one entry"
        query = (
            "SELECT cms_id FROM cms WHERE doubtful AND"
            " (SELECT count(*) FROM again WHERE again.cms_id = cms.cms_id) < 2 ORDER BY seq"
        )
        return (Skipped(row[0], "duplicate_id", detail) for row in self._spool.query(query))
