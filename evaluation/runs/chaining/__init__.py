"""Chaining runs: how producers, organisation and ally are linked, and what goes with it."""
