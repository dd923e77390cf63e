"""The REST API, over the same services as the pages."""
