"""Secrets that are kept and read again; a copy of the database alone opens none."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

__all__ = ["InvalidToken", "seal", "unseal"]


def seal(text: str, *, purpose: str) -> str:
    """The text under the present ``SECRET_KEY``; what is sealed for one purpose opens no other."""
    return _box(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, *, purpose: str) -> str:
    """The text again, also if a key of ``SECRET_KEY_FALLBACKS`` sealed it. Raises InvalidToken."""
    return _box(purpose).decrypt(sealed).decode()


def _box(purpose: str) -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_fernet_key(key, purpose)) for key in keys])


def _fernet_key(secret: str | bytes, purpose: str) -> bytes:
    digest = salted_hmac(purpose, "", secret=secret, algorithm="sha256").digest()
    return urlsafe_b64encode(digest)
