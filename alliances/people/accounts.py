"""Accounts are made by the programme, never by signing up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedAdapter(DefaultAccountAdapter):
    """Sign-in only: the programme creates each account."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
