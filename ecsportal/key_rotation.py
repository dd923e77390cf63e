"""Encrypting every stored secret anew, under the newest of FIELD_ENCRYPTION_KEYS.

Safe to stop and start again: what is under the newest key already is passed over. Safe beside a
running portal: a secret that somebody replaces meanwhile is left as they stored it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models.functions import Cast

from ecsportal.encryption import EncryptedTextField, UndecryptableSecretError, decrypt

BATCH = 200


@dataclass
class Rotated:
    """What became of one column's secrets."""

    column: str
    """`infrastructure.awsaccount.secret_access_key`."""
    rotated: int = 0
    current: int = 0
    """Under the newest key already."""
    lost: int = 0
    """Under a key that is missing; they stay as they are."""


def rotate_keys(*, batch: int = BATCH) -> Iterator[Rotated]:
    """Rotate column by column; each is told once it is done."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, EncryptedTextField) and not model._meta.proxy:
                yield _rotate(model, field, batch)


def _rotate(model: type[models.Model], field: EncryptedTextField, batch: int) -> Rotated:
    newest = Fernet(settings.FIELD_ENCRYPTION_KEYS[0])
    done = Rotated(f"{model._meta.label_lower}.{field.attname}")
    last: Any = None
    while True:
        rows = _tokens(model, field)
        rows = rows if last is None else rows.filter(pk__gt=last)
        found = list(rows.order_by("pk").values_list("pk", "token")[:batch])
        for pk, token in found:
            _rotate_one(model, field, pk, token, newest, done)
            last = pk
        if len(found) < batch:
            return done


def _tokens(model: type[models.Model], field: EncryptedTextField) -> models.QuerySet[Any]:
    """The rows with their encrypted text as it is stored, `token`."""
    # A cast makes it an ordinary text, which isn't decrypted on the way.
    token = Cast(models.F(field.attname), models.TextField())
    return model._base_manager.annotate(token=token).exclude(token="").exclude(token=None)


def _is_under(key: Fernet, token: str) -> bool:
    try:
        key.decrypt(token.encode())
    except InvalidToken:
        return False
    return True


def _rotate_one(
    model: type[models.Model],
    field: EncryptedTextField,
    pk: Any,
    token: str,
    newest: Fernet,
    done: Rotated,
) -> None:
    if _is_under(newest, token):
        done.current += 1
        return
    try:
        text = decrypt(token)
    except UndecryptableSecretError:
        done.lost += 1
        return
    unchanged = _tokens(model, field).filter(pk=pk, token=token)
    done.rotated += unchanged.update(**{field.attname: text})
