"""What the SQL store can be told."""

from collections.abc import Iterable, Mapping
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field

from brandsync.brand import FIELDS, LINK_FIELD
from brandsync.brand.kind import Kind
from brandsync.database import DatabaseUrl
from brandsync.settings import ConfigPath, SettingsModel
from brandsync.stores.interface import StoreSettings
from brandsync.stores.setting_checks import declared_kinds

OWN_NAMES: Final = ("id", *FIELDS, LINK_FIELD, "created_at", "updated_at")
"""What brandsync's own table holds, whatever a shop maps."""
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


class Destination(SettingsModel):
    """Where a field goes, in its long form, ``{ column = "founded_year", type = "integer" }``."""

    short_form: ClassVar[str | None] = "column"

    column: Column | None = None
    """By default, the column with the field's own name."""
    type: Kind | None = None
    """Its kind. Needed only where the column can hold several."""

    def __str__(self) -> str:
        return self.column or ""


class SqlSettings(StoreSettings):
    """``[store]`` for a table of brands in SQLite, PostgreSQL, MySQL or MariaDB."""

    url: DatabaseUrl
    """The database, as SQLAlchemy writes it."""
    table: Column = "brand"
    """The table, or ``schema.table``."""
    columns: Columns | None = None
    """The columns of a table that is there already. Without it, the table is brandsync's own and made when missing."""
    fields: dict[str, Destination] = Field(default_factory=dict)
    """The columns of the shop's own fields, where they are called otherwise: ``founded = "founded_year"``."""
    images: ConfigPath | None = None
    """The directory that pictures go to, where [cms.fields] maps any. The column then holds a file's name."""
    images_url: str = ""
    """What the column has before each file's name, such as ``https://shop.example.com/logos/``."""
    id_from: Literal["client", "database"] = "client"
    """Who makes a new brand's id: brandsync (a ULID) or the database (a serial, an identity, a default)."""

    def holding(self, further: Mapping[str, Kind | None]) -> Self:
        """These settings, with a column and perhaps a kind for each field of the shop's own.

        Raises:
            ValueError: `[store.fields]` says something else, or names a field that isn't one of them.
        """
        if self.images is None and (name := next((name for name in further if further[name] is Kind.IMAGE), None)):
            raise ValueError(f'`{name}` is an image: say in [store] where pictures go, such as images = "logos"')
        self._require_one_column_each(further)
        kinds = declared_kinds(self.fields, further)
        columns = {name: Destination(column=self.fields.get(name, Destination()).column or name) for name in further}
        return super().holding(kinds).model_copy(update={"fields": columns})

    def _require_one_column_each(self, further: Iterable[str]) -> None:
        """Refuse two fields in one column. In SQLite and MySQL, `Tier` and `tier` are one."""
        known = self.columns.model_dump(exclude_none=True) if self.columns else {name: name for name in OWN_NAMES}
        columns = known | {name: self.fields.get(name, Destination()).column or name for name in further}
        seen: dict[str, str] = {}
        for name, column in columns.items():
            other = seen.setdefault(column.casefold(), name)
            if other != name and name in further:
                raise ValueError(f"`{name}` and `{other}` are both in the column {column}")
