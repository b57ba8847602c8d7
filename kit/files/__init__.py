"""The one way in for files: bytes become grids in a child process that may die alone.

``reading`` asks and answers in the person's language; ``child`` and what it imports know no Django,
so that starting it costs hundredths of a second. ``tables`` is one sheet with its headings.
"""
