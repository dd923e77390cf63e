"""Signing in and out, by django-allauth."""

from __future__ import annotations

from allauth.account.forms import LoginForm
from allauth.account.views import LoginView, LogoutView
from django.http import HttpResponse

from ecsportal.people.access import open_to_everyone


class SignIn(LoginView):  # type: ignore[misc]
    """allauth's view; a refused sign-in is a 422, as every refused form is."""

    def form_invalid(self, form: LoginForm) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        response.status_code = 422
        return response


sign_in = open_to_everyone(SignIn.as_view())
sign_out = open_to_everyone(LogoutView.as_view())
