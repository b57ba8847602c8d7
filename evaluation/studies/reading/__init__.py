"""What a study asks, as pairs to read: one module for each kind of it."""
