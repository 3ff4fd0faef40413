"""The producers of a link, one for each priority that is used. They outlive its sessions."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ._errors import Code, NexusError, Reason
from ._lane import Lane
from ._publication import Publication, Receipt

if TYPE_CHECKING:
    from ._link import Link
    from ._session import Session


class Lanes:
    """See the head of this file."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._lanes: dict[int, Lane] = {}
        self._idle: asyncio.Event = asyncio.Event()
        self._idle.set()
        self._is_ending = False

    async def publish(
        self, priority: int, publication: Publication, deadline: float | None
    ) -> Receipt:
        """Waits for the router's answer; who leaves early takes the message back if it can be."""
        if self._link.closed:
            raise NexusError(Code.UNAVAILABLE, "the link is closed", not_executed=True)
        if self._is_ending:
            text = "the link is being drained and publishes nothing further"
            reason = Reason.SHUTTING_DOWN
            raise NexusError(Code.UNAVAILABLE, text, reason=reason, not_executed=True)
        lane = self._lanes.get(priority)
        if lane is None:
            lane = self._lanes[priority] = Lane(self._link, self, priority)
        self._idle.clear()
        lane.publish(publication)
        try:
            async with asyncio.timeout_at(deadline):
                return await publication.outcome
        except TimeoutError:
            never = lane.withdraw(publication)
            what = "it was not sent" if never else "whether it is held is unknown"
            raise NexusError(
                Code.DEADLINE_EXCEEDED,
                f"no answer for the event to {publication.name}: {what}",
                not_executed=never,
            ) from None
        except asyncio.CancelledError:
            lane.withdraw(publication)
            raise

    def attach(self, session: Session) -> None:
        for lane in list(self._lanes.values()):
            lane.attach(session)

    def fenced(self, priority: int, lane: Lane) -> None:
        """The next publish begins as a producer that nobody knows yet."""
        if self._lanes.get(priority) is lane:
            del self._lanes[priority]

    def settled(self) -> None:
        if all(lane.is_idle for lane in self._lanes.values()):
            self._idle.set()

    def end(self) -> None:
        """Nothing further is published; what there is still leaves."""
        self._is_ending = True
        for lane in self._lanes.values():
            lane.end()

    async def drained(self, grace: float) -> None:
        """Waits until what there is was answered."""
        self.settled()
        try:
            async with asyncio.timeout(grace):
                await self._idle.wait()
        except TimeoutError:
            pass  # what is left ends with the link

    def close(self, error: NexusError) -> None:
        lanes = list(self._lanes.values())
        self._lanes.clear()
        for lane in lanes:
            lane.fail(error)
        self._idle.set()
