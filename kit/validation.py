"""Checking a row that a service built, without asking the database for what it just gave."""

from django.db.models import ForeignKey, Model


def clean_own_fields(instance: Model) -> None:
    """``clean_fields`` of what a person wrote; rows it points to were read by the service itself.

    Constraints are left to the database, which holds them anyway. Raises ValidationError.
    """
    rows = {field.name for field in instance._meta.fields if isinstance(field, ForeignKey)}
    instance.clean_fields(exclude=rows)
