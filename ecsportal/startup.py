"""What web and worker check before they start."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def require_keys() -> None:
    """Stop the start where a key is missing that sessions or stored secrets depend on.

    Raises ImproperlyConfigured that names every missing variable and how to make a value.
    """
    missing = []
    if not settings.SECRET_KEY_GIVEN:
        missing.append('SECRET_KEY (python -c "import secrets; print(secrets.token_urlsafe(50))")')
    if not settings.FIELD_ENCRYPTION_KEYS:
        missing.append(
            "FIELD_ENCRYPTION_KEYS (python -c "
            '"from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())")'
        )
    if missing:
        raise ImproperlyConfigured("Set these environment variables first: " + "; ".join(missing))
