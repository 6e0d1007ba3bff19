"""The ``payload`` CMS: one collection of Payload 3."""

from brandsync.cms.payload.backend import PayloadCms
from brandsync.cms.payload.settings import PayloadSettings

__all__ = ["PayloadCms", "PayloadSettings"]
