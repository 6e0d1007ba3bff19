"""Checks whether brandsync can make or write what it needs: a SQLite file, or tables in a schema. Writes nothing."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from peewee import Database

from brandsync.backend import Finding
from brandsync.database.connection import connect, errors, execute
from brandsync.database.files import file_error
from brandsync.database.url import parse
from brandsync.errors import BrandsyncError, ConfigError, CredentialsRefused


def file_problem(url: str, *, with_directories: bool = False) -> Finding | None:
    """Why a SQLite file can't be made or written, or none. ``with_directories``: missing directories will be made.

    Raises:
        TryAgainLater: this can't be seen now.
    """
    address = parse(url)
    if address.kind != "sqlite":
        return None
    error = file_error(Path(address.name), with_directories=with_directories)
    if error and not isinstance(error, ConfigError):
        raise error
    return Finding(ok=False, what=error.message, fix=error.hint) if error else None


def place_problem(url: str, schema: str | None = None, *, with_directories: bool = False) -> Finding | None:
    """Why no table can be made in a database, or none. ``schema``: where, if not in the default schema.

    Raises:
        CredentialsRefused: this user may make none.
    """
    if problem := file_problem(url, with_directories=with_directories):
        return problem
    if require := {"postgresql": _require_schema, "mysql": _require_create}.get(parse(url).kind):
        require(url, schema)
    return None


def _require_schema(url: str, schema: str | None) -> None:
    with closing(connect(url, read_only=True)) as database, errors(database):
        sql = "SELECT name, has_schema_privilege(name, 'CREATE'), current_user FROM coalesce(%s, current_schema()) name"
        schema, may, user = execute(database, sql, [schema]).fetchone()
    if not may:
        raise CredentialsRefused(
            f"{parse(url).description}: {user} may make no table in the schema {schema}",
            hint=f'GRANT CREATE ON SCHEMA "{schema or "public"}" TO "{user}"',
        )


def _require_create(url: str, schema: str | None) -> None:
    """Let MySQL judge a table that can't be: it looks at the right to make one first."""
    with closing(connect(url)) as database:
        place = "`{}`.".format(schema.replace("`", "``").replace("%", "%%")) if schema else ""
        refused = refusal(database, f"CREATE TABLE {place}brandsync_schema (version INT, version INT)")
    if isinstance(refused, CredentialsRefused):
        raise refused


def refusal(database: Database, statement: str) -> BrandsyncError | None:
    """The error with which a database refuses a statement, or none: tried in a transaction that is rolled back."""
    try:
        with errors(database), database.atomic() as attempt:
            execute(database, statement)
            attempt.rollback()
    except BrandsyncError as error:
        return error
    return None


def privilege_problems(url: str, tables: Mapping[str, str]) -> list[Finding]:
    """What is refused in a server's tables: tried in transactions that are rolled back.

    ``tables``: their names, each with a column's.
    """
    if parse(url).kind == "sqlite":
        return []  # SQLite has no privileges; and we would have to wait for a run that is at work
    found = []
    with closing(connect(url)) as database:
        for table in tables:
            for privilege, statement in (
                ("SELECT", f"SELECT * FROM {table} WHERE 1 = 0"),
                ("INSERT", f"INSERT INTO {table} SELECT * FROM {table} WHERE 1 = 0"),
                ("UPDATE", f"UPDATE {table} SET {tables[table]} = {tables[table]} WHERE 1 = 0"),
                ("DELETE", f"DELETE FROM {table} WHERE 1 = 0"),
            ):
                if refused := refusal(database, statement):
                    what = f"{privilege} is refused in {table}: {refused.message}"
                    found.append(Finding(ok=False, what=what, fix=refused.hint))
                    if privilege == "SELECT":
                        break  # the others need it too
    return found
