from django.apps import AppConfig


class DeploymentsConfig(AppConfig):
    name = "ecsportal.deployments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what of the infrastructure deployments hold on to."""
        from ecsportal.deployments import uses  # noqa: PLC0415 -- models load before this

        uses.register()
