"""The two sides that a session hands frames to: what sits behind a stream id, and the link that owns the session."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Protocol

from ._errors import LinkCode, NexusError
from ._frame import CANCEL, LinkFault, frame

if TYPE_CHECKING:
    from ._control import GoAway, Welcome
    from ._meta import Meta
    from ._session import Session


class Endpoint(ABC):
    """What sits behind a stream id. A method that is not overridden: that frame does not belong here."""

    __slots__ = ()

    def on_data(
        self, flags: int, class_: int, index: int, crc: int, meta: bytes, payload: bytes
    ) -> None:
        raise _misplaced("DATA")

    def on_status(self, flags: int, code: int, meta: bytes, payload: bytes) -> None:
        raise _misplaced("STATUS")

    def on_cancel(self, code: int) -> None:
        raise _misplaced("CANCEL")

    def on_credit(self, messages: int, bytes_: int) -> None:
        raise _misplaced("CREDIT")

    def on_headers(self, meta: bytes) -> None:
        raise _misplaced("HEADERS")

    def on_control(
        self, type: int, flags: int, route: int, arg: int, crc: int, meta: bytes, payload: bytes
    ) -> None:
        raise _misplaced(f"a frame of type {type:02X}")

    def on_event(
        self, flags: int, class_: int, route: int, delivery: int, crc: int, meta: bytes,
        payload: bytes,
    ) -> None:  # fmt: skip
        raise _misplaced("EVENT")

    def on_refused(self, session: Session, stream: int, error: NexusError) -> None:
        """A frame came that this side cannot read; `stream` has left the session's table."""
        session.write(frame(CANCEL, 0, stream, arg=error.code.value))
        self.on_lost(error)

    @abstractmethod
    def on_lost(self, error: NexusError) -> None:
        """The link is gone or gives this stream up."""


def _misplaced(what: str) -> LinkFault:
    return LinkFault(LinkCode.PROTOCOL_ERROR, f"{what} on a stream of another kind")


class Owner(Protocol):
    """What a session reports to."""

    def session_ready(self, session: Session, welcome: Welcome) -> None: ...
    def session_draining(self, session: Session, goaway: GoAway) -> None: ...
    def session_lost(self, session: Session, cause: NexusError) -> None: ...
    def incoming_call(
        self, session: Session, stream: int, name: str, flags: int, class_: int, deadline_ms: int,
        crc: int, meta: Meta | None, payload: bytes,
    ) -> None: ...  # fmt: skip
    def publish_refused(self, name: str, code: int) -> None: ...
