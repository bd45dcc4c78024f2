"""Passwords: argon2's hashes of them, and what a new one has to be. And what is kept of secrets that we make."""

from __future__ import annotations

import hashlib
import secrets
import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 10, 1_000  # characters

_argon2 = PasswordHasher()
_working = threading.BoundedSemaphore(2)  # a password takes 64 MiB and a core; hold no connection meanwhile


class PasswordRefused(ValueError):
    """A password that is not taken: `code` is "too_short", "too_long", "only_the_address" or "not_text"."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def chosen(password: str, email: str) -> str:
    """The hash of a password that somebody with this address chooses. Raises PasswordRefused. Length is what counts;
    which characters it is made of is their affair."""
    if len(password) < SHORTEST:
        raise PasswordRefused("too_short", f"A password has {SHORTEST} characters or more; several words are good.")
    if len(password) > LONGEST:
        raise PasswordRefused("too_long", f"A password has {LONGEST} characters or fewer.")
    if password.lower() in (email.lower(), email.lower().partition("@")[0]):
        raise PasswordRefused("only_the_address", "The e-mail address is not a password: choose something else.")
    try:
        password.encode()
    except UnicodeEncodeError:
        raise PasswordRefused("not_text", "The password has characters that are no text.") from None
    return hashed(password)


def hashed(password: str) -> str:
    """The hash of `password`, whatever it is."""
    with _working:
        return _argon2.hash(password)


def fits(known: str | None, password: str) -> bool:
    """Whether `password` is the one that was hashed. Where there is none it takes as long to say no."""
    if len(password) > LONGEST:
        return False
    try:
        with _working:
            _argon2.verify(known or _hash_of_nobody(), password.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False
    return known is not None


def fingerprint(secret: str) -> str:
    """What is kept of a secret that is too long to be guessed: its SHA-256."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _hash_of_nobody() -> str:
    return _argon2.hash(secrets.token_urlsafe())
