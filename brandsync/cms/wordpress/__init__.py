"""WordPress, by its own REST API."""

from brandsync.cms.wordpress.backend import WordPressCms
from brandsync.cms.wordpress.settings import WordPressSettings

__all__ = ["WordPressCms", "WordPressSettings"]
