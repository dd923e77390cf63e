"""The jump field's answers, as a fragment for its dialog or as a page of their own."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from ecsportal.deployments.jump import find
from ecsportal.people.access import UserRequest, requires
from ecsportal.people.permissions import Permission, may


class JumpForm(forms.Form):
    q = forms.CharField(required=False, max_length=100)


@requires(Permission.OWN_ACCOUNT)
@require_GET
@vary_on_headers("HX-Request")
def jump(request: UserRequest) -> HttpResponse:
    """Where the typed words lead."""
    asked = JumpForm(request.GET)
    text = asked.cleaned_data["q"] if asked.is_valid() else ""
    can = {p.value: may(request.user, p) for p in Permission}
    context = {"matches": find(request.user, text, can), "text": text}
    template = "deployments/_jump_results.html" if request.htmx else "deployments/jump.html"
    return render(request, template, context)
