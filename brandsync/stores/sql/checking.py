"""What ``check`` finds out about a table: it tries what a run does, but writes nothing."""

from collections.abc import Iterator
from contextlib import closing

from brandsync.backend import Finding
from brandsync.database import connect, errors, execute, file_problem
from brandsync.errors import BrandsyncError, ConfigError
from brandsync.stores.sql.dialect import Dialect


def id_problem(dialect: Dialect, brand_id: str) -> ConfigError | None:
    """Why the id column cannot hold an id that brandsync makes, or none."""
    if dialect.takes_id(brand_id):
        return None
    table = dialect.table
    return ConfigError(
        f'the column "{table.columns["id"]}" of {table.title} is of the type {table.id_kind}, and id_from = "client"'
        f" gives new brands ids such as {brand_id}, which do not fit",
        hint='set id_from = "database" in [store], and let the column have a default or count up',
    )


def columns(dialect: Dialect, *, chooses_ids: bool) -> Iterator[Finding]:
    """Whether all rows are visible, and whether a new row gets all the values that it needs."""
    if hidden := dialect.hidden():
        yield hidden
    filled = {column for name, column in dialect.table.columns.items() if chooses_ids or name != "id"}
    for column in dialect.unfilled(filled):
        what = f'the column "{column}" of {dialect.table.title} needs a value and has no default'
        yield Finding(
            ok=False, what=f"{what}: no brand can be created", fix="give it a default, or name it in [store.columns]"
        )


def privileges(url: str, dialect: Dialect, *, chooses_ids: bool) -> Iterator[Finding]:
    """What may be written: tried on a separate connection, which may write like a run's."""
    if problem := file_problem(url):
        yield problem
        return
    with closing(connect(url)) as database:
        for privilege, statement in dialect.probes(chooses_ids=chooses_ids).items():
            try:
                with errors(database), database.atomic() as attempt:
                    execute(database, statement)
                    attempt.rollback()
            except BrandsyncError as error:
                yield Finding(ok=False, what=f"{privilege} is refused: {error.message}", fix=error.hint)
            else:
                yield dialect.forbidden(privilege) or Finding(ok=True, what=f"{privilege} is granted")
