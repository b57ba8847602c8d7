"""A finished run as somebody takes it away: one document, and the files it is written to."""
