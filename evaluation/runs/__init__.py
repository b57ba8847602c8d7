"""Runs of a study: queued as rows, worked by whoever is alive, immutable once finished."""
