"""Random names and texts, for property tests."""

from hypothesis import strategies as st

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,20}", fullmatch=True)
PRINTABLE = st.characters(categories=["L", "N", "P", "S", "Zs"], include_characters="\n\t")
TEXTS = st.text(alphabet=PRINTABLE, max_size=20)
TAG_TEXTS = st.from_regex(r"[A-Za-z0-9_.:/=+@ -]{0,20}", fullmatch=True).filter(
    lambda text: not text.lower().startswith("aws:")
)


def _is_plain(text: str) -> bool:
    """No expression of ours, of CloudFormation's or of AWS's."""
    return not any(mark in text for mark in ("#{", "${", "{{"))


WORDS = TEXTS.filter(_is_plain)
"""Text that means itself; cfn-lint reads no others than printable characters."""
