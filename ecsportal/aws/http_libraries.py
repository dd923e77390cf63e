"""requests and botocore, loaded with the first call that needs them, by one thread at a time.

They are slow to import, and a process that asks nobody shall not pay for it. But Python's own locks
don't make such a late import safe: they are held by module, and these packages import their own
parts. One thread imports `requests`, which wants `requests.adapters`; another imports that part,
holds it and wants `requests`. Python lets one of the two go on with half a module, and its call
fails with an ImportError. So whoever imports from them late calls a function of this module first.
"""

from __future__ import annotations

import threading

_lock = threading.Lock()
_loaded: set[str] = set()


def load_requests() -> None:
    """Load requests and urllib3; from then on any thread may import from them."""
    if "requests" in _loaded:
        return
    with _lock:
        import ecsportal.aws.guarded_http  # noqa: F401, PLC0415 -- all that is used of them
    _loaded.add("requests")


def load_botocore() -> None:
    """Load botocore, and urllib3 with it; from then on any thread may import from them."""
    if "botocore" in _loaded:
        return
    with _lock:
        import botocore.session  # noqa: F401, PLC0415 -- as above

        import ecsportal.aws.client_settings  # noqa: F401, PLC0415 -- as above
    _loaded.add("botocore")
