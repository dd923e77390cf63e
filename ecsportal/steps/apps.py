from django.apps import AppConfig


class StepsConfig(AppConfig):
    name = "ecsportal.steps"
    default_auto_field = "django.db.models.BigAutoField"
