"""The workflow: an engine of steps and an undo stack, and the guide's three steps."""
