"""Live pages: server-sent events from a raw ASGI route, fed by one tailer per web process."""
