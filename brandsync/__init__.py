"""brandsync keeps the brands of a commerce store equal to what editors publish in a CMS."""

__version__ = "0.1.0"
