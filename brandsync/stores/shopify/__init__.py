"""The ``shopify`` store: brands as metaobjects of a Shopify shop, by its GraphQL Admin API."""

from brandsync.stores.shopify.store import ShopifyStore

__all__ = ["ShopifyStore"]
