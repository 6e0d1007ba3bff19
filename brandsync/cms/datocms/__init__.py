"""The ``datocms`` CMS: one model of one environment of a DatoCMS project."""

from brandsync.cms.datocms.backend import DatocmsCms

__all__ = ["DatocmsCms"]
