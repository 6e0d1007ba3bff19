"""What the SQL store can be told."""

from typing import Annotated, Literal

from pydantic import Field

from brandsync.database import DatabaseUrl
from brandsync.settings import SettingsModel
from brandsync.stores.interface import StoreSettings

Column = Annotated[str, Field(min_length=1)]
"""A column's name, exactly as the database has it."""


class Columns(SettingsModel):
    """Which column of an existing table holds what. What isn't named isn't synced."""

    id: Column = "id"
    """The primary key, or a column with a unique index of its own."""
    name: Column = "name"
    """Required."""
    handle: Column | None = None
    description: Column | None = None
    logo_url: Column | None = None
    website_url: Column | None = None
    metadata: Column | None = None
    """A JSON column, or text that holds a JSON object."""
    cms_id: Column | None = None
    """The store's own side of the link: survives the loss of the journal."""
    created_at: Column | None = None
    """Set when a brand is created."""
    updated_at: Column | None = None
    """Set whenever a brand is written."""
    deleted_at: Column | None = None
    """Set where the shop deletes softly: a row that has it counts as deleted."""


class SqlSettings(StoreSettings):
    """``[store]`` for a table of brands in SQLite, PostgreSQL, MySQL or MariaDB."""

    url: DatabaseUrl
    """The database, as SQLAlchemy writes it."""
    table: Column = "brand"
    """The table, or ``schema.table``."""
    columns: Columns | None = None
    """The columns of a table that is there already. Without it, the table is brandsync's own and made when missing."""
    id_from: Literal["client", "database"] = "client"
    """Who makes a new brand's id: brandsync (a ULID) or the database (a serial, an identity, a default)."""
