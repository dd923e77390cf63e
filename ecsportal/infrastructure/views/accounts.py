"""AWS accounts: list, create, edit, test, delete."""

from __future__ import annotations

from contextlib import suppress

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ecsportal.infrastructure import accounts
from ecsportal.infrastructure.forms.accounts import AccountForm
from ecsportal.infrastructure.models import AwsAccount
from ecsportal.infrastructure.queries import account_for, accounts_for
from ecsportal.infrastructure.uses import uses_of
from ecsportal.people.access import UserRequest, refuse_unless, requires
from ecsportal.people.permissions import Permission
from ecsportal.problems import InUse, RemoteFailed

PER_PAGE = 50


@require_GET
@requires(Permission.ACCOUNT_VIEW)
def list_page(request: UserRequest) -> HttpResponse:
    """The AWS accounts by name."""
    rows = accounts_for(request.user).annotate(
        target_count=Count("targets", distinct=True), feed_count=Count("feeds", distinct=True)
    )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "infrastructure/accounts/list.html", {"page": page})


@require_http_methods(["GET", "POST"])
@requires(Permission.ACCOUNT_EDIT)
def create(request: UserRequest) -> HttpResponse:
    """The form of a new account."""
    return _create(request, then_test=False)


@require_POST
@requires(Permission.ACCOUNT_EDIT)
def create_and_test(request: UserRequest) -> HttpResponse:
    """As `create`; then ask STS, and show the account with the answer."""
    return _create(request, then_test=True)


@require_http_methods(["GET", "POST"])
@requires(Permission.ACCOUNT_VIEW)
def detail(request: UserRequest, slug: str) -> HttpResponse:
    """One account, to read or to edit, with what its last test found."""
    if request.method == "POST":
        return _edit(request, slug, then_test=False)
    row = account_for(request.user, slug)
    form = AccountForm(initial=AccountForm.values(row), account=row)
    if row.test_error:
        form.blame(row.test_error_field, row.test_error)
    return _detail_page(request, row, form)


@require_POST
@requires(Permission.ACCOUNT_EDIT)
def save_and_test(request: UserRequest, slug: str) -> HttpResponse:
    """Save, ask STS, and show the account again with the answer."""
    return _edit(request, slug, then_test=True)


@require_POST
@requires(Permission.ACCOUNT_EDIT)
def delete(request: UserRequest, slug: str) -> HttpResponse:
    """Delete it; where something uses it, the page says what."""
    row = account_for(request.user, slug)
    try:
        accounts.delete_account(row, by=request.user)
    except InUse as problem:
        messages.error(request, problem.detail)
        return redirect("infrastructure:account", slug)
    messages.success(request, f"{row} deleted.")
    return redirect("infrastructure:accounts")


def _create(request: UserRequest, *, then_test: bool) -> HttpResponse:
    form = AccountForm(request.POST or None, initial={"kind": AwsAccount.Kind.ACCESS_KEY})
    if request.method == "POST":
        made = form.save(lambda: accounts.create_account(form.details(), by=request.user))
        if made:
            return _saved(request, made, f"{made} added.", then_test=then_test)
    return render(
        request, "infrastructure/accounts/create.html", {"form": form}, status=form.status
    )


def _edit(request: UserRequest, slug: str, *, then_test: bool) -> HttpResponse:
    refuse_unless(request.user, Permission.ACCOUNT_EDIT)
    row = account_for(request.user, slug)
    form = AccountForm(request.POST, account=row)
    saved = form.save(
        lambda: accounts.update_account(
            row, form.details(), by=request.user, revision=form.cleaned_data["revision"]
        ),
        newest=lambda: AccountForm.values(account_for(request.user, slug)),
    )
    if saved:
        return _saved(request, saved, f"{saved} saved.", then_test=then_test)
    return _detail_page(request, account_for(request.user, slug), form)


def _saved(request: UserRequest, row: AwsAccount, message: str, *, then_test: bool) -> HttpResponse:
    if not then_test:
        messages.success(request, message)
        return redirect("infrastructure:account", row.slug)
    with suppress(RemoteFailed):  # kept on the account, and shown by its page
        accounts.check_account(row)
    return redirect("infrastructure:account", row.slug)


def _detail_page(request: UserRequest, row: AwsAccount, form: AccountForm) -> HttpResponse:
    context = {"account": row, "form": form, "uses": uses_of("account", row)}
    # htmx swaps no 409; to it, a second editor's refusal is a form with errors like any other.
    status = 422 if form.status == 409 and request.headers.get("HX-Request") else form.status
    return render(request, "infrastructure/accounts/detail.html", context, status=status)
