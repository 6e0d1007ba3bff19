"""The ``sanity`` CMS: one document type of one dataset of a Sanity project."""

from brandsync.cms.sanity.backend import SanityCms

__all__ = ["SanityCms"]
