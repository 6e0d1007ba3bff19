"""The workflow: an engine with steps and an undo stack, and the guide's three steps."""
