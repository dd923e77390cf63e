"""The doors, without a namespace: allauth and Django look for `account_login` by this name."""

from __future__ import annotations

from django.urls import path

from ecsportal.people.views import doors

urlpatterns = [
    path("accounts/login/", doors.sign_in, name="account_login"),
    path("accounts/logout/", doors.sign_out, name="account_logout"),
]
