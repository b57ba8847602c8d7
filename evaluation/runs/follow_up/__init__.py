"""Follow-up runs: what stands of an alliance some months after it closed."""
