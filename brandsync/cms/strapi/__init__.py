"""The ``strapi`` CMS: one collection type of Strapi 5."""

from brandsync.cms.strapi.backend import StrapiCms

__all__ = ["StrapiCms"]
