"""How dates and numbers are written in each language, where Django's own choice is not ours."""
