"""The ``shopware`` store: the manufacturers of a Shopware 6 shop, by its Admin API."""

from brandsync.stores.shopware.store import ShopwareStore

__all__ = ["ShopwareStore"]
