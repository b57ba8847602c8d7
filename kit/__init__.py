"""What every room needs and none owns: errors, verdicts, amounts, form fields and answers of pages.

The ground floor: it stands on Django alone.
"""
