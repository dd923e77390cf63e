from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from ecsportal.releases.views import create, releases

app_name = "releases"
_RELEASES = "projects/<slug:slug>/releases"
urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{_RELEASES}/", releases.list_releases, name="list"),
    path(f"{_RELEASES}/new/", create.new, name="new"),
    path(f"remote/{_RELEASES}/new/", create.create, name="create"),
    path(f"remote/{_RELEASES}/new/image/", create.image, name="image"),
    path(f"remote/{_RELEASES}/new/tags/", create.tag_options, name="tag_options"),
    path(f"{_RELEASES}/new/images/", create.images, name="images"),
    path(f"{_RELEASES}/new/version/", create.version_hint, name="version_hint"),
    path(f"{_RELEASES}/new/changes/", create.changes, name="changes"),
    path(f"{_RELEASES}/<str:version>/", releases.detail, name="detail"),
    path(f"{_RELEASES}/<str:version>/delete/", releases.delete, name="delete"),
    path(
        f"{_RELEASES}/<str:version>/variables/",
        releases.update_variables,
        name="update_variables",
    ),
]
