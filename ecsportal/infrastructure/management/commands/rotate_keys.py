"""Encrypt every stored secret anew, under the newest key."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ecsportal.key_rotation import rotate_keys
from ecsportal.startup import require_keys


class Command(BaseCommand):
    """Put a new key first in FIELD_ENCRYPTION_KEYS, run this, then take the old key out."""

    help = "Encrypt every stored secret under the first of FIELD_ENCRYPTION_KEYS. Can be repeated."

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit code 1 where a secret fits none of the keys."""
        require_keys()
        rotated = lost = 0
        for column in rotate_keys():
            words = f"{column.column}: {column.rotated} encrypted anew, {column.current} already"
            self.stdout.write(f"{words}, {column.lost} fit no key" if column.lost else words)
            rotated, lost = rotated + column.rotated, lost + column.lost
        self.stdout.write(f"{rotated} secret{'' if rotated == 1 else 's'} encrypted anew.")
        if lost:
            raise CommandError(
                f"{lost} secret{'' if lost == 1 else 's'} can't be read with the keys in "
                "FIELD_ENCRYPTION_KEYS. Keep the old keys there, or enter those secrets again."
            )
