"""Which tests parallel runs keep together: a file's, and all that use one portal and browser.

`--dist loadfile` hands out files, the ones with most tests first, so a process would come back to
the browser's files again and again, with other tests between them: each time it would start a
portal, a worker, a sandbox and Chromium anew, which takes longer than most of these files.
"""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling

_TOGETHER = "tests/browser/"


class ByFileAndPortal(LoadFileScheduling):  # type: ignore[misc]
    """As loadfile, with the browser's files as one."""

    def _split_scope(self, nodeid: str) -> str:
        return _TOGETHER if nodeid.startswith(_TOGETHER) else str(super()._split_scope(nodeid))
