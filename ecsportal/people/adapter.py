"""How allauth behaves here: no sign-up, one message for a wrong sign-in, the pause announced."""

from __future__ import annotations

import math
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.forms import ValidationError
from django.http import HttpRequest

from ecsportal.people.models import User
from ecsportal.web.client_address import client_address

LIMIT: dict[str, str] = {"app": "allauth.account", "action": "login_failed"}


class DoorAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth counts failed tries per name and per address; here they are put into words."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """No "Successfully signed in": the page that was asked for says it."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """As the audit trail sees it, so that a trusted proxy isn't taken for everybody."""
        return client_address(request.META) or "unknown"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as error:
            minutes = self._minutes_to_wait(request, credentials)
            raise ValidationError(
                f"Too many tries. Sign in again in {minutes} min.", code="too_many_login_attempts"
            ) from error

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Only active users; somebody who knows the password learns that they are deactivated."""
        user: User | None = super().authenticate(request, **credentials)
        if user and not user.is_active:
            raise ValidationError(
                "This user is deactivated. Ask one of your administrators.", code="inactive"
            )
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """One message for a wrong name and a wrong password, with the tries that are left."""
        left = min(
            (rate.amount - len(times) for rate, times in self._tries(request, credentials)),
            default=1,
        )
        if left > 0:
            then = f"{left} {'try' if left == 1 else 'tries'} left, then a pause of 5 minutes."
        else:
            then = "Sign-in pauses for 5 minutes now."
        raise ValidationError(f"Name and password don't match. {then}", code="mismatch")

    def _minutes_to_wait(self, request: HttpRequest, credentials: dict[str, Any]) -> int:
        waits = [
            times[-1] + rate.duration - time.time()
            for rate, times in self._tries(request, credentials)
            if len(times) >= rate.amount
        ]
        return max(1, math.ceil(max(waits, default=60) / 60))

    def _tries(
        self, request: HttpRequest, credentials: dict[str, Any]
    ) -> list[tuple[ratelimit.Rate, list[float]]]:
        """Each limit with the times of the failed tries it counts, newest first."""
        name = self._get_login_attempts_cache_key(request, **credentials)
        return [
            (rate, cache.get(ratelimit.get_cache_key(request, **LIMIT, rate=rate, key=name), []))
            for rate in ratelimit.get_rates(**LIMIT)
        ]
