"""The app's start: it tells who uses what within infrastructure."""

from __future__ import annotations

from django.apps import AppConfig


class InfrastructureConfig(AppConfig):
    name = "ecsportal.infrastructure"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from ecsportal.infrastructure.uses import (  # noqa: PLC0415 -- models exist only from here on
            register_own_uses,
        )

        register_own_uses()
