"""All URLs of the portal; each app names its own paths from the root."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("ecsportal.api.app")),
    path("", include("ecsportal.web.urls")),
    path("", include("ecsportal.people.door_urls")),
    path("", include("ecsportal.people.urls")),
    path("", include("ecsportal.audit.urls")),
    path("", include("ecsportal.infrastructure.urls")),
    path("", include("ecsportal.projects.urls")),
    path("", include("ecsportal.releases.urls")),
    path("", include("ecsportal.deployments.urls")),
]
