"""The ``rest`` CMS: any JSON API, by configuration alone."""

from brandsync.cms.rest.backend import RestCms

__all__ = ["RestCms"]
