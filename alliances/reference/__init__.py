"""Reference rows that the programme keeps itself: read as lists, leaving and coming in as CSV."""
