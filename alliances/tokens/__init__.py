"""Access tokens: a program reads, or acts, for one membership, until a day."""
