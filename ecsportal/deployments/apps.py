from django.apps import AppConfig


class DeploymentsConfig(AppConfig):
    name = "ecsportal.deployments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the floors below what only deployments know."""
        from ecsportal.deployments import (  # noqa: PLC0415 -- models load before this
            registrations,
            uses,
        )

        uses.register()
        registrations.register()
