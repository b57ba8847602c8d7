"""Let somebody in from the server: a role at a registered body, and a link that serves once."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.core.validators import validate_email
from django.utils.timezone import now

from alliances.invitations.mail import link_of
from alliances.invitations.services import invite_as_owner
from alliances.people.models import Organisation
from alliances.people.roles import Role
from kit.errors import DomainError
from paap.roles import OwnersCommand


class Command(OwnersCommand):
    help = "Give a person a role at a registered body and print the one-time link of their account."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--organisation", required=True, help="the name of a registered body")

    def handle(self, *args: Any, email: str, role: str, organisation: str, **options: Any) -> None:
        bodies = list(Organisation.objects.filter(name__iexact=organisation.strip())[:2])
        if len(bodies) != 1:
            raise CommandError(
                f"{'Several bodies are' if bodies else 'No body is'} called «{organisation}»."
            )
        try:
            validate_email(email)
            issued = invite_as_owner(organisation=bodies[0], role=role, email=email, at=now())
        except (DomainError, ValidationError) as refusal:
            raise CommandError(" ".join(getattr(refusal, "messages", [str(refusal)]))) from refusal
        self.stdout.write(
            link_of(issued.token) if issued.token else f"{email} has this role from today."
        )
