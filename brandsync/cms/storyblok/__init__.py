"""The ``storyblok`` CMS: one content type of a Storyblok space."""

from brandsync.cms.storyblok.backend import StoryblokCms

__all__ = ["StoryblokCms"]
