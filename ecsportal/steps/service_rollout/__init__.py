"""A service that is being replaced, whoever asked for it: watched, judged, told, and shown."""
