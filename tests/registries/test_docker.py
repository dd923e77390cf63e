"""Docker registries: against the sandbox's, and against servers that misbehave."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ecsportal.registries.docker import DockerRegistry
from ecsportal.registries.tags import FeedError
from ecsportal.sandbox.server import RunningSandbox, running_sandbox

LOOPBACK = ("127.0.0.1",)
DRIPS = b"[" * 40
"""A body that the odd server sends byte by byte."""
Reply = tuple[int, dict[str, str], bytes]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def open_registry(sandbox: RunningSandbox) -> Iterator[RunningSandbox]:
    sandbox.registry(auth="none")
    yield sandbox
    sandbox.registry(auth="none")


class QuietServer(ThreadingHTTPServer):
    """Clients that hang up in the middle are what these tests are about."""

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@pytest.fixture
def odd_server() -> Iterator[Callable[[Callable[[str], Reply]], str]]:
    servers: list[ThreadingHTTPServer] = []

    def serve(answer: Callable[[str], Reply]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # noqa: N802 -- http.server's name
                status, headers, body = answer(self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in headers:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if body is not DRIPS:
                    self.wfile.write(body)
                    return
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    time.sleep(0.05)

            def log_message(self, *args: object) -> None:
                pass

        server = QuietServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def registry(url: str, **more: object) -> DockerRegistry:
    return DockerRegistry(url, remote_allow=LOOPBACK, **more)  # type: ignore[arg-type]


def refused(url: str, **more: object) -> FeedError:
    with pytest.raises(FeedError) as caught:
        registry(url, **more).tags("shop/web")
    return caught.value


def test_tags_are_listed_newest_version_first(open_registry: RunningSandbox) -> None:
    tags = [tag.tag for tag in registry(open_registry.url).tags("shop/web")]
    assert tags[:2] == ["1.6.0", "1.5.0"]
    assert tags[-1] == "latest"


@pytest.mark.parametrize("auth", ["token", "basic"])
def test_a_challenge_is_answered_with_the_feeds_credentials(
    open_registry: RunningSandbox, auth: str
) -> None:
    open_registry.registry(auth=auth)
    signed = registry(open_registry.url, username="demo", password="demo")
    assert signed.tags("shop/web")[0].tag == "1.6.0"
    assert refused(open_registry.url).code == "FEED-CREDENTIALS"
    wrong = refused(open_registry.url, username="demo", password="wrong")
    assert wrong.code == "FEED-CREDENTIALS"
    assert "user name and password" in wrong.advice


def test_a_tag_has_a_digest_and_an_unknown_one_has_none(open_registry: RunningSandbox) -> None:
    signed = registry(open_registry.url)
    digest = signed.digest("shop/web", "1.6.0")
    assert digest is not None
    assert digest.startswith("sha256:")
    assert signed.digest("shop/web", "9.9.9") is None


def test_repositories_are_searched_where_there_is_a_catalogue(
    open_registry: RunningSandbox,
) -> None:
    assert registry(open_registry.url).repositories("SHOP/w") == ["shop/web", "shop/worker"]


def test_a_test_says_what_was_found(open_registry: RunningSandbox) -> None:
    assert "14 tags" in registry(open_registry.url).test("shop/web")
    assert "answers" in registry(open_registry.url).test()


def test_a_missing_repository_is_named(open_registry: RunningSandbox) -> None:
    with pytest.raises(FeedError, match="shop/nothing doesn't exist") as caught:
        registry(open_registry.url).tags("shop/nothing")
    assert caught.value.code == "FEED-NOT-FOUND"


def test_pages_are_followed_on_the_same_host_only(
    odd_server: Callable[[Callable[[str], Reply]], str],
) -> None:
    def answer(path: str) -> Reply:
        if "last=b" in path:
            return 200, {"Link": '<http://10.0.0.9/v2/x>; rel="next"'}, b'{"tags": ["1.2"]}'
        if "last=a" in path:
            return 200, {"Link": '</v2/shop/web/tags/list?last=b>; rel="next"'}, b'{"tags": null}'
        return 200, {"Link": '</v2/shop/web/tags/list?last=a>; rel="next"'}, b'{"tags": ["1.1"]}'

    tags = registry(odd_server(answer)).tags("shop/web")
    assert [tag.tag for tag in tags] == ["1.2", "1.1"]


def test_pages_that_go_in_a_circle_end(
    odd_server: Callable[[Callable[[str], Reply]], str],
) -> None:
    link = {"Link": '</v2/shop/web/tags/list?n=1000>; rel="next"'}
    assert registry(odd_server(lambda path: (200, link, b'{"tags": ["1"]}'))).tags("shop/web")


@pytest.mark.parametrize(
    ("reply", "code", "word"),
    [
        ((429, {}, b""), "FEED-LIMIT", "429, pull limit"),
        ((200, {"Content-Type": "text/html"}, b"<html>"), "FEED-NOT-A-REGISTRY", "not as a"),
        ((404, {"Content-Type": "text/html"}, b"<html>"), "FEED-NOT-A-REGISTRY", "not as a"),
        ((200, {}, b"[1]"), "FEED-NOT-A-REGISTRY", "not as a"),
        ((200, {}, b"no json"), "FEED-NOT-A-REGISTRY", "not as a"),
        ((503, {}, b'{"errors": [{"code": "BUSY", "message": "later"}]}'), "FEED-ANSWER", "BUSY"),
        ((403, {}, b""), "FEED-CREDENTIALS", "403"),
        ((302, {"Location": "/again"}, b""), "FEED-ANSWER", "redirects"),
        ((200, {}, b"x" * (9 * 1024 * 1024)), "FEED-ANSWER", "8 MB"),
        ((401, {"WWW-Authenticate": "Negotiate"}, b""), "FEED-CREDENTIALS", "sign-in"),
    ],
)
def test_odd_answers_have_plain_words(
    odd_server: Callable[[Callable[[str], Reply]], str], reply: Reply, code: str, word: str
) -> None:
    error = refused(odd_server(lambda path: reply))
    assert error.code == code
    assert word in error.message
    assert error.advice


@pytest.mark.parametrize("where", ["redirect", "realm"])
def test_neither_redirect_nor_realm_leads_to_a_refused_address(
    odd_server: Callable[[Callable[[str], Reply]], str], where: str
) -> None:
    metadata = "http://169.254.169.254/latest"
    replies: dict[str, Reply] = {
        "redirect": (302, {"Location": metadata}, b""),
        "realm": (401, {"WWW-Authenticate": f'Bearer realm="{metadata}",service="s"'}, b""),
    }
    error = refused(odd_server(lambda path: replies[where]))
    assert error.code == "FEED-REFUSED"
    assert "169.254.169.254" in error.message


def test_loopback_needs_remote_allow(open_registry: RunningSandbox) -> None:
    with pytest.raises(FeedError, match="REMOTE_ALLOW"):
        DockerRegistry(open_registry.url).tags("shop/web")


def test_a_server_that_never_answers_costs_no_more_than_the_given_seconds(
    odd_server: Callable[[Callable[[str], Reply]], str],
) -> None:
    stop = threading.Event()

    def never(path: str) -> Reply:
        stop.wait(5)
        return 200, {}, b""

    try:
        error = refused(odd_server(never), seconds=0.4)
    finally:
        stop.set()
    assert (error.code, error.transient) == ("FEED-UNREACHABLE", True)


def test_a_server_that_drips_costs_no_more_either(
    odd_server: Callable[[Callable[[str], Reply]], str],
) -> None:
    url = odd_server(lambda path: (200, {"Content-Length": "100000"}, DRIPS))
    began = time.monotonic()
    error = refused(url, seconds=0.5)
    assert (error.code, error.transient) == ("FEED-UNREACHABLE", True)
    assert time.monotonic() - began < 3


def test_nothing_listens_there() -> None:
    error = refused("http://127.0.0.1:4638")
    assert (error.code, error.transient) == ("FEED-UNREACHABLE", True)


@pytest.mark.parametrize("url", ["ftp://x", "https://", "  "])
def test_what_is_no_address_is_told(url: str) -> None:
    with pytest.raises(FeedError, match="no address"):
        DockerRegistry(url)


@pytest.mark.parametrize("name", ["", "../x", "a b", "x?y=1", "shop//"])
def test_what_is_no_repository_name_is_told(name: str, open_registry: RunningSandbox) -> None:
    with pytest.raises(FeedError) as caught:
        registry(open_registry.url).tags(name)
    assert caught.value.code == "FEED-NOT-FOUND"
