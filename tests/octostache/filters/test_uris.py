import pytest

from ecsportal.octostache import evaluate

URL = "https://me:pw@cdn.example.net:8443/a/b%20c?x=1#top"


@pytest.mark.parametrize(
    ("uri", "part", "text"),
    [
        (URL, "AbsolutePath", "/a/b%20c"),
        (URL, "absoluteuri", URL),
        (URL, "Authority", "cdn.example.net:8443"),
        (URL, "DnsSafeHost", "cdn.example.net"),
        (URL, "Fragment", "#top"),
        (URL, "Host", "cdn.example.net"),
        (URL, "HostAndPort", "cdn.example.net:8443"),
        (URL, "HostNameType", "Dns"),
        (URL, "IsAbsoluteUri", "true"),
        (URL, "IsDefaultPort", "false"),
        (URL, "IsFile", "false"),
        (URL, "IsLoopback", "false"),
        (URL, "IsUnc", "false"),
        (URL, "Path", "/a/b c"),
        (URL, "PathAndQuery", "/a/b%20c?x=1"),
        (URL, "Port", "8443"),
        (URL, "Query", "?x=1"),
        (URL, "Scheme", "https"),
        (URL, "SchemeAndServer", "https://cdn.example.net:8443"),
        (URL, "UserInfo", "me:pw"),
        ("HTTP://Example.COM/Path", "AbsoluteUri", "http://example.com/Path"),
        ("http://h", "HostAndPort", "h:80"),
        ("http://h", "Authority", "h"),
        ("http://h", "AbsolutePath", "/"),
        ("http://h/a/./b/../c d", "AbsolutePath", "/a/c%20d"),
        ("http://[::1]/", "HostNameType", "IPv6"),
        ("http://127.0.0.1/", "IsLoopback", "true"),
        ("http://10.0.0.1/", "HostNameType", "IPv4"),
        ("a/b", "IsAbsoluteUri", "false"),
        (
            "a/b",
            "Host",
            "[UriPart Host error: This operation is not supported for a relative URI.]",
        ),
        (URL, "Nope", "[UriPart Nope error: argument 'Nope' not supported]"),
    ],
)
def test_parts(uri: str, part: str, text: str) -> None:
    assert evaluate(f"#{{U | UriPart {part}}}", {"U": uri}).text == text


def test_the_part_has_to_be_named() -> None:
    assert evaluate("#{U | UriPart}", {"U": URL}).text == "[UriPart error: no argument given]"
    assert evaluate("#{Ghost | UriPart Host}", {}).missing == ('#{Ghost | UriPart "Host"}',)
