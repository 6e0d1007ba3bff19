"""What is told of a run while it works: spans, the words of a trail, and no secret in any of them."""
