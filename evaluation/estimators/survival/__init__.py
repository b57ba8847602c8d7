"""How long something lasts, when not all of it has been seen to end."""
