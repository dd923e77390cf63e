from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from ecsportal.web import views

app_name = "web"
urlpatterns: list[URLPattern | URLResolver] = [
    path("theme/", views.theme, name="theme"),
    path("docs/errors/", views.error_codes, name="error_codes"),
    path("docs/errors/<str:code>", views.error_code, name="error_code"),
]
