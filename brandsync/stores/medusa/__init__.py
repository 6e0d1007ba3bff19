"""The ``medusa`` store: brands in the Brand Module of a Medusa shop, by its Admin API."""

from brandsync.stores.medusa.store import MedusaStore

__all__ = ["MedusaStore"]
