from django.apps import AppConfig


class InfrastructureConfig(AppConfig):
    name = "ecsportal.infrastructure"
    default_auto_field = "django.db.models.BigAutoField"
