"""The ``bigcommerce`` store: the brands of a BigCommerce store, by its REST Management API."""

from brandsync.stores.bigcommerce.store import BigCommerceStore

__all__ = ["BigCommerceStore"]
