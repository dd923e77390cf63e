"""Step types: one folder each, found by the catalogue."""
