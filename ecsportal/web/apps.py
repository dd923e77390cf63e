from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "ecsportal.web"
    default_auto_field = "django.db.models.BigAutoField"
