import pytest

from ecsportal.octostache import evaluate


@pytest.mark.parametrize(
    ("name", "text", "escaped"),
    [
        ("HtmlEscape", "<a href=\"x\">'&/</a>",
         "&lt;a href=&quot;x&quot;&gt;&apos;&amp;&#x2F;&lt;&#x2F;a&gt;"),
        ("XmlEscape", "<a>'&/", "&lt;a&gt;&apos;&amp;/"),
        ("JsonEscape", "a\"b\\c\td\ne\rf\bé", "a\\\"b\\\\c\\td\\ne\\rf\bé"),
        ("YamlSingleQuoteEscape", "it's\r\n\nok\nend", "it''s\r\n\r\n\nok\n\nend"),
        ("YamlDoubleQuoteEscape", "a\"\\\té😀\x7f", 'a\\"\\\\\\t\\u00e9\\ud83d\\ude00\\u007f'),
        ("PropertiesKeyEscape", " a b:c=d\\e\té字", "\\ a\\ b\\:c\\=d\\\\e\\té\\u5b57"),
        ("PropertiesValueEscape", " a b:c=d\\e\nÿ", "\\ a b:c=d\\\\e\\n\\u00ff"),
        ("UriEscape", "a b/ü?q=1&z=#t%[]'", "a%20b/%C3%BC?q=1&z=#t%25[]'"),
        ("UriDataEscape", "a b/ü?-_.~", "a%20b%2F%C3%BC%3F-_.~"),
    ],
)  # fmt: skip
def test_escaped(name: str, text: str, escaped: str) -> None:
    values = {"T": text}

    assert evaluate(f"#{{T | {name}}}", values).text == escaped
    assert evaluate(f"#{{T | {name} x}}", values).missing == (f'#{{T | {name} "x"}}',)
    assert evaluate(f"#{{Ghost | {name}}}", values).missing == (f"#{{Ghost | {name}}}",)


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("  *a* **b**\n", "<p><em>a</em> <strong>b</strong></p>\n\n"),
        ("# T", "<h1>T</h1>\n\n"),
        ("|a|\n|-|\n|1|", "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n"
         "<td>1</td>\n</tr>\n</tbody>\n</table>\n\n"),
        ("a|b\n:-|:-:\n1|2", '<table>\n<thead>\n<tr>\n<th style="text-align: left;">a</th>\n'
         '<th style="text-align: center;">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n'
         '<td style="text-align: left;">1</td>\n<td style="text-align: center;">2</td>\n</tr>\n'
         "</tbody>\n</table>\n\n"),
        ("(http://a.b/(c)d)", '<p>(<a href="http://a.b/(c)d">http://a.b/(c)d</a>)</p>\n\n'),
        ("~~x~~ H~2~O e^x^", "<p><del>x</del> H<sub>2</sub>O e<sup>x</sup></p>\n\n"),
        ("see http://a.b/c_d.", '<p>see <a href="http://a.b/c_d">http://a.b/c_d</a>.</p>\n\n'),
        ("", "\n"),
    ],
)  # fmt: skip
def test_markdown_becomes_html(markdown: str, html: str) -> None:
    for name in ("Markdown", "MarkdownToHtml"):
        assert evaluate(f"#{{T | {name}}}", {"T": markdown}).text == html
