"""The ``contentful`` CMS: one content type of one environment of a Contentful space."""

from brandsync.cms.contentful.backend import ContentfulCms

__all__ = ["ContentfulCms"]
