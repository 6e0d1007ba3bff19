"""Other tools at the same work, where they are installed: every brand is new.

python tests/bench/peers.py dlt URL postgresql://... DIRECTORY
"""

import importlib.util
import os
import sys
from collections.abc import Iterator
from typing import Any

import bare

PEERS = ("dlt", "diffsync")


def installed() -> list[str]:
    """Those that can be measured here."""
    return [name for name in PEERS if importlib.util.find_spec(name)]


def dlt(url: str, database: str, directory: str) -> None:
    """dlt merges by key, as it would the next day too; its settings are its own but for its reports."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ.setdefault("CREDENTIALS__PASSWORD", "none")  # it insists on one, even where the server doesn't
    import dlt as tool  # noqa: PLC0415 - only where it is measured

    def brands() -> Iterator[list[dict[str, Any]]]:
        for page in bare.pages(url):
            yield [dict(zip(bare.COLUMNS, row, strict=True)) for row in page]

    if database.startswith("sqlite"):
        destination = tool.destinations.sqlalchemy(f"sqlite:///{directory}/dlt.db")
    else:
        destination = tool.destinations.postgres(database.partition("?")[0])
    pipeline = tool.pipeline("bench", pipelines_dir=directory, destination=destination, dataset_name="bench_dlt")
    pipeline.run(tool.resource(brands, name="brand", primary_key="id", write_disposition="merge"))
    with pipeline.sql_client() as client:
        client.drop_dataset()


def diffsync(url: str, database: str, _directory: str) -> None:
    """diffsync compares two trees of models in memory, and creates one by one what is missing."""
    import diffsync as tool  # noqa: PLC0415 - only where it is measured

    where = bare.Sqlite(database) if database.startswith("sqlite") else bare.Postgres(database)
    where.execute("DROP TABLE IF EXISTS bare_brand")
    where.execute(bare.TABLE)
    insert = f"INSERT INTO bare_brand VALUES ({', '.join([where.mark] * len(bare.COLUMNS))})"

    class Brand(tool.DiffSyncModel):
        _modelname = "brand"
        _identifiers = ("id",)
        _attributes = bare.COLUMNS[1:]
        id: str
        name: str
        handle: str | None = None
        description: str | None = None
        logo_url: str | None = None
        website_url: str | None = None

    class Stored(Brand):
        @classmethod
        def create(cls, adapter: Any, ids: dict[Any, Any], attrs: dict[Any, Any]) -> Any:
            where.execute(insert, (ids["id"], *(attrs[name] for name in bare.COLUMNS[1:])))
            return super().create(adapter=adapter, ids=ids, attrs=attrs)

    class Cms(tool.Adapter):
        brand = Brand
        top_level = ("brand",)

    class Store(tool.Adapter):
        brand = Stored
        top_level = ("brand",)

    cms, store = Cms(), Store()
    for page in bare.pages(url):
        for row in page:
            cms.add(Brand(**dict(zip(bare.COLUMNS, row, strict=True))))
    for row in where.rows() if database.startswith("sqlite") else ():
        store.add(Stored(**dict(zip(bare.COLUMNS, row, strict=True))))
    where.execute("BEGIN")
    cms.sync_to(store)
    where.execute("COMMIT")


if __name__ == "__main__":
    {"dlt": dlt, "diffsync": diffsync}[sys.argv[1]](*sys.argv[2:])
