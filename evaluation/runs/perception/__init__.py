"""Perception runs: what producers think and how they came, as shares with their intervals."""
