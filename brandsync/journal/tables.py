"""The journal's tables, the same on SQLite, PostgreSQL and MariaDB."""

from typing import Any

from peewee import (
    BigAutoField,
    BooleanField,
    CharField,
    CompositeKey,
    Database,
    DoubleField,
    IntegerField,
    Model,
    MySQLDatabase,
    PostgresqlDatabase,
    TextField,
)

SCHEMA_VERSION = 5
"""Raise it, and extend ``UPGRADES``, with every change to a table below. Since 4, undo entries may be stored by column:
an older brandsync could not read them. Since 5, there are pictures."""


class LongTextField(TextField):
    """Text of any length: MariaDB's TEXT ends at 64 KB."""

    field_type = "LONGTEXT"


class _Table(Model):
    class Meta:
        legacy_table_names = False


class Schema(_Table):
    """The version of these tables in a database."""

    version = IntegerField(primary_key=True)

    class Meta:
        table_name = "brandsync_schema"


class Run(_Table):
    """One execution."""

    id = CharField(26, primary_key=True)
    pipeline = CharField(64, index=True)
    kind = CharField(16)
    undoes = LongTextField(null=True)
    status = CharField(32)
    exit_code = IntegerField(null=True)
    started_at = CharField(32)
    seconds = DoubleField(null=True)
    requests = IntegerField(null=True)
    host = CharField(255)
    version = CharField(32)
    source = TextField()
    target = TextField()
    settings = CharField(16)
    complete = BooleanField(default=True)
    watermark = CharField(64, null=True)
    checksum = CharField(64, null=True)
    counts = TextField(null=True)
    skipped = LongTextField(null=True)
    error = LongTextField(null=True)

    class Meta:
        table_name = "brandsync_run"


class EntryTable(_Table):
    """One entry of an undo stack: a batch of writes, recorded before it is made."""

    id = BigAutoField()
    run = CharField(26, index=True)
    step = CharField(64)
    kind = CharField(16)
    state = CharField(16)
    intent = LongTextField()
    outcome = LongTextField(null=True)

    class Meta:
        table_name = "brandsync_entry"


class LinkTable(_Table):
    """Which entry is which brand, and what was last written to it."""

    pipeline = CharField(64)
    cms_id = CharField(255)
    brand_id = CharField(255)
    written = LongTextField(null=True)
    stored = LongTextField(null=True)

    class Meta:
        table_name = "brandsync_link"
        primary_key = CompositeKey("pipeline", "cms_id")


class NewIdTable(_Table):
    """A brand that came back with another id when a run restored it."""

    pipeline = CharField(64)
    old = CharField(255)
    new = CharField(255, index=True)
    run = CharField(26)

    class Meta:
        table_name = "brandsync_new_id"
        primary_key = CompositeKey("pipeline", "old")


class GoneTable(_Table):
    """A brand that brandsync has removed from the store."""

    pipeline = CharField(64)
    brand_id = CharField(255)
    run = CharField(26)

    class Meta:
        table_name = "brandsync_gone"
        primary_key = CompositeKey("pipeline", "brand_id")


class ImageTable(_Table):
    """Which picture of an entry is which one of the store, as each run has recorded it: the latest counts."""

    pipeline = CharField(64)
    cms_id = CharField(255)
    field = CharField(64)
    brand_id = CharField(255)
    source = TextField(null=True)
    fingerprint = CharField(64, null=True)
    reference = TextField(null=True)
    run = CharField(26)

    class Meta:
        table_name = "brandsync_image"
        primary_key = CompositeKey("pipeline", "cms_id", "field", "run")


class UploadTable(_Table):
    """A picture that a run has uploaded to the store, or was about to upload."""

    id = BigAutoField()
    pipeline = CharField(64)
    run = CharField(26, index=True)
    name = CharField(255)
    fingerprint = CharField(64, index=True)
    field = CharField(64)
    brand_id = CharField(255)
    reference = TextField(null=True)
    state = CharField(16)

    class Meta:
        table_name = "brandsync_upload"


class LeaseTable(_Table):
    """The run of a pipeline that may write. Times are seconds since 1970 by the database's own clock."""

    pipeline = CharField(64, primary_key=True)
    run = CharField(26)
    renewals = IntegerField()
    expires_at = DoubleField()
    host = CharField(255)
    lock_file = TextField()

    class Meta:
        table_name = "brandsync_lease"


UPGRADES: list[tuple[int, type[Database], str]] = [
    # An undo used to undo only one run. SQLite's text never had a length.
    (1, PostgresqlDatabase, "ALTER TABLE brandsync_run ALTER COLUMN undoes TYPE text"),
    (1, MySQLDatabase, "ALTER TABLE brandsync_run MODIFY undoes LONGTEXT CHARACTER SET utf8mb4 COLLATE {exact}"),
    # Ids that differ only by trailing spaces used to be one id.
    (2, MySQLDatabase, "ALTER TABLE brandsync_link CONVERT TO CHARACTER SET utf8mb4 COLLATE {exact}"),
    (2, MySQLDatabase, "ALTER TABLE brandsync_new_id CONVERT TO CHARACTER SET utf8mb4 COLLATE {exact}"),
]
"""What the tables of each version lack. ``{exact}`` stands for ``exact_collation``. Each statement may be repeated:
MySQL commits them one by one, and the process may die in between."""

TABLES: list[Any] = [Schema, Run, EntryTable, LinkTable, NewIdTable, GoneTable, ImageTable, UploadTable, LeaseTable]
IN_EVERY_VERSION: list[Any] = [Schema, Run, EntryTable, LinkTable, NewIdTable, LeaseTable]
"""The tables that an older brandsync uses too."""
AT_ONCE = 500
"""Values in one statement."""
