"""Django's ``migrate``, done by the owner of the tables, who then says what others may do."""

from typing import Any

from django.core.management.commands import migrate

from paap.rights import grant_rights
from paap.roles import OwnersCommand, make_application_role


class Command(OwnersCommand, migrate.Command):
    help = f"{migrate.Command.help} As the owner; the application's rights are given anew."

    def handle(self, *args: Any, **options: Any) -> None:
        make_application_role()
        super().handle(*args, **options)
        grant_rights()
