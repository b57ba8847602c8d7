"""How a person writes a study: one form for each kind of it."""
