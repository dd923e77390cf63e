from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from ecsportal.people.views import api_keys, profile, users

app_name = "people"
urlpatterns: list[URLPattern | URLResolver] = [
    path("settings/", profile.settings, name="settings"),
    path("settings/profile/", profile.profile, name="profile"),
    path("settings/profile/password/", profile.change_password, name="change_password"),
    path("settings/users/", users.list_users, name="list"),
    path("settings/users/new/", users.create, name="create"),
    path("settings/users/<int:pk>/", users.edit, name="edit"),
    path("settings/users/<int:pk>/deactivate/", users.deactivate, name="deactivate"),
    path("settings/users/<int:pk>/reactivate/", users.reactivate, name="reactivate"),
    path("settings/api-keys/", api_keys.list_api_keys, name="api_keys"),
    path("settings/api-keys/new/", api_keys.create, name="create_api_key"),
    path("settings/api-keys/<int:pk>/revoke/", api_keys.revoke, name="revoke_api_key"),
]
