from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "ecsportal.projects"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell infrastructure which feeds and environments the processes use."""
        from ecsportal.infrastructure.uses import register_use  # noqa: PLC0415 -- needs models
        from ecsportal.projects import queries  # noqa: PLC0415 -- needs models

        register_use("feed", queries.processes_that_use_feed)
        register_use("environment", queries.processes_that_name_environment)
