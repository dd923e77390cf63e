from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "ecsportal.projects"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell infrastructure what processes and variables use of it."""
        from ecsportal.infrastructure.uses import register_use  # noqa: PLC0415 -- needs models
        from ecsportal.projects import queries  # noqa: PLC0415 -- needs models
        from ecsportal.projects.variables import queries as variables  # noqa: PLC0415 -- as above

        register_use("feed", queries.processes_that_use_feed)
        register_use("environment", queries.processes_that_name_environment)
        register_use("environment", variables.variables_that_name_environment)
        register_use("target", variables.variables_that_name_target)
        register_use("account", variables.variables_that_name_account)
