"""Survey waves, their dictionary of variables, imported files and answers."""
