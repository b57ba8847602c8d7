"""Studies: what will be asked of the data, frozen before any outcome is read."""
