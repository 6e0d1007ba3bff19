"""The workflow of Medusa's guide as a peer: all real brands, in a live Medusa that is installed where it is missing."""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "live"))

import real_brands
from databases import fresh_database
from guide import Seconds, both_ways, race
from medusa import Medusa


def race_the_guide() -> dict[str, Seconds]:
    """The seconds of the guide's workflow and of brandsync, for each kind of work."""
    medusa = Medusa()
    medusa.up()
    try:
        with (
            tempfile.TemporaryDirectory() as name,
            fresh_database("sqlite", Path(name)) as journal,
            both_ways(medusa, Path(name), journal) as both,
        ):
            return race(both, real_brands.load())
    finally:
        medusa.down()
