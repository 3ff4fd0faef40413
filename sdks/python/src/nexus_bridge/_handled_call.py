"""One call in the hands of a handler: its slot, its answer, and how it ends early."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Final

from . import _frame as f
from ._diagnostics import logger
from ._endpoint import Endpoint
from ._errors import Code, NexusError
from ._frame import frame
from ._session import Session
from ._status import status_of, unpack_code
from ._stream import Stream

if TYPE_CHECKING:
    from ._serve import Entry, Served

EAGER: Final = sys.version_info >= (3, 12)
"""A task that runs its first step at once, so that a handler that does not wait costs no loop turn."""


class HandledCall(Endpoint):
    """A call that a handler works on. Its slot is taken until the handler really ended."""

    __slots__ = ("deadline", "finished", "id", "served", "session", "stream", "task", "tick")

    def __init__(
        self, served: Served, session: Session, stream: int, endpoint: Stream | None
    ) -> None:
        self.served = served
        self.session = session
        self.id = stream
        self.stream = endpoint
        self.task: asyncio.Task[None] | None = None
        self.tick: float | None = None
        self.deadline: float | None = None
        self.finished = False

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        if EAGER:
            self.task = asyncio.Task(work, loop=self.session.loop, eager_start=True)  # pyright: ignore
        else:
            self.task = self.session.loop.create_task(work)

    def upgrade(self, method: Any) -> Stream:
        """A large answer, or one with trailers, goes out as a stream with credit."""
        stream = Stream(self.session, method, requester=False)
        stream.id = self.id
        stream.receiving.ended = True
        stream.on_cancelled = self.on_lost
        self.stream = stream
        self.session.streams[self.id] = stream
        return stream

    def send_headers(self, meta: bytes) -> None:
        if not self.finished:
            self.session.write(frame(f.HEADERS, 0, self.id, meta=meta))

    def on_data(
        self, flags: int, class_: int, index: int, crc: int, meta: bytes, payload: bytes
    ) -> None:
        return  # behind the requester's END there is nothing to read

    def on_credit(self, messages: int, bytes_: int) -> None:
        return  # the answer fits the first credit

    def on_cancel(self, code: int) -> None:
        self.on_lost(unpack_code(code, "the caller cancelled"))

    def on_lost(self, error: NexusError) -> None:
        """Nobody waits for the answer any more."""
        self.end()
        if self.task is not None:
            self.task.cancel()

    def expire(self) -> None:
        self.tick = None
        self.stop(NexusError(Code.DEADLINE_EXCEEDED, "the time for the call is over"))

    def stop(self, error: NexusError) -> None:
        """Answers with `error` and cancels the handler."""
        if not self.finished:
            self._answer(error, b"")
        self.on_lost(error)

    def fail(self, error: Exception, trailers: bytes, entry: Entry) -> None:
        """Only errors that are meant for callers leave the process with their text."""
        if self.finished:
            return
        if isinstance(error, NexusError):
            entry.tell_undeclared(type(error))
        else:
            logger.error("handler failed", exc_info=error)
            error = NexusError(Code.INTERNAL, "handler failed")
        self._answer(error, trailers)

    def _answer(self, error: NexusError, trailers: bytes) -> None:
        payload = status_of(error)
        if self.stream is not None:
            self.stream.on_cancelled = None
            self.stream.status(error.code.value, payload, trailers)
        else:
            self.session.write(
                frame(f.STATUS, f.END, self.id, arg=error.code.value, meta=trailers,
                      payload=payload)
            )  # fmt: skip

    def end(self) -> None:
        """The call is over on the wire."""
        self.finished = True
        self.session.streams.pop(self.id, None)
        if self.tick is not None:
            self.session.deadlines.remove(self, self.tick)
            self.tick = None
