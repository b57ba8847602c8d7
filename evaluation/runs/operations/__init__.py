"""Runs of operations: how long each step takes, who holds it, what it costs and what breaks."""
