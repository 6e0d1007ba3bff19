"""A run from start to end: what it needs, its lease and record, what it does, and what came of it."""
