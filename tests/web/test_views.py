"""Theme and error pages."""

from __future__ import annotations

import pytest
from django.test import Client


def test_the_theme_button_goes_round_and_returns_to_the_page(db: None) -> None:
    client = Client()
    response = client.post("/theme/", {"next": "/docs/errors/"})
    assert response.url == "/docs/errors/"  # type: ignore[attr-defined]
    assert client.cookies["theme"].value == "light"
    client.post("/theme/")
    assert client.cookies["theme"].value == "dark"
    client.post("/theme/")
    assert client.cookies["theme"].value == ""


def test_the_theme_button_leads_to_no_other_site(db: None) -> None:
    response = Client().post("/theme/", {"next": "https://elsewhere.example/"})
    assert response.url == "/"  # type: ignore[attr-defined]


def test_the_theme_is_rendered_by_the_server(db: None) -> None:
    client = Client()
    assert b"data-bs-theme" not in client.get("/docs/errors/").content
    client.cookies["theme"] = "dark"
    assert b'data-bs-theme="dark"' in client.get("/docs/errors/").content


def test_an_error_code_has_a_page_whatever_its_case(db: None) -> None:
    response = Client().get("/docs/errors/validation")
    assert response.status_code == 200
    assert b"Mend them and send again." in response.content


def test_an_unknown_error_code_is_not_found_in_words(db: None) -> None:
    response = Client().get("/docs/errors/NO-SUCH")
    assert response.status_code == 404
    assert b"There is no error code NO-SUCH." in response.content


@pytest.mark.parametrize("path", ["/docs/errors/", "/docs/errors/VALIDATION", "/nowhere/"])
def test_pages_carry_no_inline_script_or_style(path: str, client_of_administrator: Client) -> None:
    html = client_of_administrator.get(path).content.decode()
    assert "<style" not in html
    assert " style=" not in html
    assert " onclick=" not in html
    assert all("src=" in part for part in html.split("<script")[1:])


def test_the_signed_in_see_bar_and_sign_out(client_of_administrator: Client) -> None:
    html = client_of_administrator.get("/docs/errors/").content.decode()
    assert 'aria-label="Main"' in html
    assert "Skip to content" in html
