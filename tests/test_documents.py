"""The documents agree with the code: settings are listed, links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(ROOT.glob("docs/**/*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_to_other_documents_lead_somewhere(document: Path) -> None:
    links = re.findall(r"(?<!!)\[[^\]]*\]\(([^)#\s]+)", document.read_text())
    files = [link for link in links if "://" not in link and not link.startswith("/")]
    assert [link for link in files if not (document.parent / link).exists()] == []


def test_the_guide_to_production_lists_every_variable_that_the_settings_read() -> None:
    settings = (ROOT / "ecsportal" / "settings.py").read_text()
    read = set(re.findall(r'env(?:\.\w+|\(\))?\(\s*"([A-Z_]+)"', settings))
    listed = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/production.md").read_text(), re.M))
    assert "FIELD_ENCRYPTION_KEYS" in read
    assert read - listed == set()


def test_the_index_names_every_document() -> None:
    index = (ROOT / "docs" / "index.md").read_text()
    named = {str(path.relative_to(ROOT / "docs")) for path in DOCUMENTS if "docs" in path.parts}
    assert [name for name in sorted(named - {"index.md"}) if f"({name})" not in index] == []
