"""The ``woocommerce`` store: the brands of a WooCommerce shop, by its REST API."""

from brandsync.stores.woocommerce.store import WooCommerceStore

__all__ = ["WooCommerceStore"]
