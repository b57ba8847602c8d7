"""Chaining: levels of two links, and what goes with them. ``spec`` is light, the rest is not."""
