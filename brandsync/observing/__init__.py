"""What a run tells while it works: spans, and which pipeline and run it is, without secrets."""
