"""What a deletion loses even if it is undone: rows of other tables, and columns that hold no field."""

from brandsync.stores.sql.unique import UniqueIndexes

_SHOWN = 10
"""The most names to show."""


def stays_different(indexes: UniqueIndexes) -> str | None:
    """What stays different when a brand's deletion is undone, as a sentence; none if nothing does.

    A row that is only marked as deleted loses nothing.
    """
    table = indexes.table
    if table.own or "deleted_at" in table.columns:
        return None
    found = [f"{follower}, for good" for follower in indexes.dialect.followers()]
    mapped = set(table.columns.values())
    others = [column.name for column in indexes.columns.values() if column.name not in mapped and not column.formula]
    if others:
        found.append(f"columns of {table.title} that are not mapped get their defaults: {_listed(others)}")
    return "; ".join(found) or None


def _listed(names: list[str]) -> str:
    more = f", and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
