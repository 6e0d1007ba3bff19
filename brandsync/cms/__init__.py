"""CMS backends: where brands are edited."""
