"""The ``directus`` CMS: one collection of Directus 11."""

from brandsync.cms.directus.backend import DirectusCms

__all__ = ["DirectusCms"]
