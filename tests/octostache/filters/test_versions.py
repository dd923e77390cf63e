import pytest

from ecsportal.octostache import FilterError, evaluate

PARTS = (
    "#{V | VersionMajor}.#{V | VersionMinor}.#{V | VersionPatch}.#{V | VersionRevision}"
    "|#{V | VersionPreRelease}|#{V | VersionPreReleasePrefix}|#{V | VersionPreReleaseCounter}"
    "|#{V | VersionMetadata}"
)


@pytest.mark.parametrize(
    ("version", "parts"),
    [
        ("2.4.6-hotfix.3+sha.9f", "2.4.6.0|hotfix.3|hotfix|3|sha.9f"),
        ("v7", "7.0.0.0||||"),
        ("V1.2.3.4", "1.2.3.4||||"),
        ("1 . 2", "1.2.0.0||||"),
        ("latest", "0.0.0.0|latest|latest||"),
        ("19.0.0.Final", "19.0.0.0|Final|Final||"),
        ("1.2_rc-4.5", "1.2.0.0|rc-4.5|rc|4.5|"),
        ("007.08", "7.8.0.0||||"),
        ("1+meta", "1.0.0.0||||meta"),
    ],
)
def test_parts(version: str, parts: str) -> None:
    assert evaluate(PARTS, {"V": version}).text == parts


@pytest.mark.parametrize("version", ["", "  ", "@@", "1.2 beta!", "99999999999"])
def test_what_is_no_version_is_an_error(version: str) -> None:
    with pytest.raises(FilterError, match="is no version number"):
        evaluate("#{V | VersionMajor}", {"V": version})
