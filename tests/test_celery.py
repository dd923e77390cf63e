"""The broker's settings, with a broker that isn't one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from celery import Celery
from kombu.exceptions import OperationalError
from pytest_django import Settings

from ecsportal.celery import broker_settings


class HangsUp:
    """Accepts connections and closes them; counts how many."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.count = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.count += 1
            connection.close()

    def close(self) -> None:
        # A blocked accept() goes on after close() alone.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.fixture
def broker() -> Iterator[HangsUp]:
    made = HangsUp()
    yield made
    made.close()


@pytest.mark.parametrize("scheme", ["amqp", "redis"])
def test_a_click_asks_a_broker_that_is_down_twice_at_most(
    scheme: str, broker: HangsUp, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Celery prefers the environment's to the one that is configured.
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)
    settings.CELERY_BROKER_URL = f"{scheme}://127.0.0.1:{broker.port}//"
    app = Celery("portal-without-broker", set_as_current=False)
    app.conf.update(broker_settings())
    with pytest.raises((OperationalError, OSError)):
        app.send_task("deployments.work", retry=False)
    assert 1 <= broker.count <= 2
