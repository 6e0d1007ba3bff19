"""The ``file`` CMS: JSON, JSON Lines, CSV and YAML."""

from brandsync.cms.file.backend import FileCms

__all__ = ["FileCms"]
