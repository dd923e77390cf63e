from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from ecsportal.audit import views

app_name = "audit"
urlpatterns: list[URLPattern | URLResolver] = [
    path("audit/", views.list_events, name="list"),
    path("audit/events.csv", views.download_csv, name="csv"),
]
