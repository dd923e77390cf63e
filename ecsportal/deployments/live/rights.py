"""Whether the viewers of open streams keep their right to look."""

from __future__ import annotations

import asyncio

from ecsportal.deployments.live.admission import DeploymentWatch, still_held
from ecsportal.deployments.live.topic import Read


class Rights:
    """Asks for all whose check is due at the same time in one read."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._due: list[DeploymentWatch] = []
        self._next: asyncio.Task[set[DeploymentWatch]] | None = None

    async def hold(self, watch: DeploymentWatch) -> bool:
        """Whether this one is still there."""
        self._due.append(watch)
        if self._next is None:
            self._next = asyncio.create_task(self._ask())
        return watch in await asyncio.shield(self._next)

    async def _ask(self) -> set[DeploymentWatch]:
        due, self._due, self._next = self._due, [], None
        held: set[DeploymentWatch] = await self._read(still_held, due)
        return held
