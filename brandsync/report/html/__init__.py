"""A run as a page for the people who edit brands: one file that needs no other file."""
