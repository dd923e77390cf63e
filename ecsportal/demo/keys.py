"""The demo's keys and password: made once, kept in var/ for its owner's eyes."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.fernet import Fernet


@dataclass(frozen=True)
class DemoKeys:
    """What the demo generates once; `api_key` is empty until the sample was loaded."""

    secret_key: str
    field_encryption_key: str
    password: str
    api_key: str = ""


def load_or_make(path: Path) -> DemoKeys:
    """The keys in the file; new ones, written with mode 0600, where there is none."""
    if path.exists():
        return DemoKeys(**json.loads(path.read_text()))
    keys = DemoKeys(
        secret_key=secrets.token_urlsafe(50),
        field_encryption_key=Fernet.generate_key().decode(),
        password=secrets.token_urlsafe(9),
    )
    save(path, keys)
    return keys


def save(path: Path, keys: DemoKeys) -> None:
    """Write the file whole or not at all, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(keys), file, indent=2)
    draft.replace(path)
