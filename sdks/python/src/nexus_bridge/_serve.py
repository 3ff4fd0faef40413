"""Serving: a handler's registration, its slots, and the answer to every call that comes for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, ClassVar, Final
from zlib import crc32

from . import _frame as f
from ._context import HandlerContext, current
from ._control import Method as RegisteredMethod
from ._control import Register, Registered, read_control
from ._diagnostics import logger
from ._endpoint import Endpoint
from ._errors import Code, NexusError, Reason, SchemaError
from ._frame import frame, message_frame
from ._gen_constants import LIMITS
from ._halves import CREDIT_BYTES, SendHalf
from ._handled_call import HandledCall
from ._message import DecodeError, decode, encode
from ._meta import INITIAL_CREDIT, Meta, MetaFault
from ._session import Session
from ._status import unpack_code
from ._stream import Stream
from ._validation import check

if TYPE_CHECKING:
    from ._descriptors import Method, Service
    from ._link import Link

CONCURRENCY: Final = LIMITS["calls_in_flight_per_provider"]
GRACE_SECONDS: Final = LIMITS["drain_grace_ms"] / 1000
KINDS: Final = {"unary": 1, "client_stream": 2, "server_stream": 3, "bidi": 4}
POLICIES: Final = {None: 0, "round_robin": 0, "random": 1, "least_in_flight": 2, "hash": 3}
WHOLE: Final = f.END | f.PCRC


class Handler:
    """The base of generated handlers: derive, write the methods, pass an instance to `link.serve`."""

    __nexus_service__: ClassVar[Service]


class Entry:
    """One method of a served handler."""

    __slots__ = ("_undeclared", "function", "method", "served")

    def __init__(
        self, served: Served, method: Method[Any, Any], function: Callable[..., Any]
    ) -> None:
        self.served = served
        self.method = method
        self.function = function
        self._undeclared: set[str] = set()

    def tell_undeclared(self, error: type[Exception]) -> None:
        """An error that the schema does not declare for the method is logged, once."""
        if not issubclass(error, SchemaError) or error in self.method.errors:
            return
        if error.__name__ not in self._undeclared:
            self._undeclared.add(error.__name__)
            logger.warning("%s raises %s, undeclared", self.method.path, error.__name__)


class Served(Endpoint):
    """A handler that takes calls until it is drained; made again by the link after every loss."""

    def __init__(self, link: Link, handler: Handler, concurrency: int | None) -> None:
        self.service = handler.__nexus_service__
        self.concurrency = CONCURRENCY if concurrency is None else concurrency
        if self.concurrency < 1:
            raise NexusError(Code.INVALID_ARGUMENT, "concurrency must be at least 1")
        self.entries = {
            method.path: Entry(self, method, getattr(handler, name))
            for name, method in self.service.methods.items()
        }
        self._link = link
        self._session: Session | None = None
        self._stream = 0
        self._calls: set[HandledCall] = set()
        self._registered: asyncio.Future[None] | None = None
        self._unregistered: asyncio.Future[None] | None = None
        self._draining = False

    def register(self, session: Session) -> asyncio.Future[None]:
        """REGISTER on this session; the future ends with its answer."""
        methods = [
            RegisteredMethod(
                name=method.name,
                kind=KINDS[method.shape],
                request_fingerprint=method.request.__nexus_fingerprint__,
                response_fingerprint=method.response.__nexus_fingerprint__,
                idempotent=method.idempotent,
            )
            for method in self.service.methods.values()
        ]
        payload = encode(
            Register(
                service=self.service.name,
                version=self.service.version or "",
                methods=methods,
                policy=POLICIES[self.service.balancing],
                max_in_flight=self.concurrency,
            )
        )
        self._registered = session.loop.create_future()
        self._session = session
        self._stream = session.open(self)
        session.write(frame(f.REGISTER, 0, self._stream, payload=payload))
        return self._registered

    def on_control(
        self, type: int, flags: int, route: int, arg: int, crc: int, meta: bytes, payload: bytes
    ) -> None:
        if type == f.REGISTERED:
            if arg:
                text = (
                    read_control(Registered, payload).message or f"{self.service.name} was refused"
                )
                self._over(unpack_code(arg, text))
            elif self._registered is not None and not self._registered.done():
                self._registered.set_result(None)
        elif type == f.UNREGISTERED:
            self._over(unpack_code(arg, f"the router unregistered {self.service.name}"))
        else:
            super().on_control(type, flags, route, arg, crc, meta, payload)

    def on_lost(self, error: NexusError) -> None:
        self._over(error)

    def _over(self, error: NexusError) -> None:
        if self._session is not None:
            self._session.streams.pop(self._stream, None)
            self._session = None
        if self._registered is not None and not self._registered.done():
            self._registered.set_exception(error)
        if self._unregistered is not None and not self._unregistered.done():
            self._unregistered.set_result(None)

    # Calls

    def handle(
        self, session: Session, entry: Entry, stream: int, flags: int, class_: int,
        deadline_ms: int, crc: int, meta: Meta | None, payload: bytes,
    ) -> None:  # fmt: skip
        """OPEN of one of the handler's methods."""
        if self._draining:
            text = f"this instance of {self.service.name} is draining"
            session.refuse(stream, Code.UNAVAILABLE, text, reason=Reason.SHUTTING_DOWN)
            return
        if len(self._calls) >= self.concurrency:
            text = f"{self.concurrency} calls of {self.service.name} are running"
            session.refuse(stream, Code.RESOURCE_EXHAUSTED, text)
            return
        shape = entry.method.shape
        if shape in ("unary", "server_stream") and not (payload or flags & f.PCRC):
            text = f"{entry.method.path} needs a request"
            session.refuse(stream, Code.INVALID_ARGUMENT, text)
            return
        if (
            shape == "unary"
            and flags & (f.END | f.MORE | f.PCRC) == WHOLE
            and (meta is None or INITIAL_CREDIT not in meta.tags)
            and len(payload) <= CREDIT_BYTES
        ):
            if crc32(payload) != crc:
                text = "the checksum of the request is wrong"
                session.refuse(stream, Code.DATA_LOSS, text, reason=Reason.PAYLOAD_CRC)
                return
            call = HandledCall(self, session, stream, None)
            session.streams[stream] = call
            work = self._unary(entry, call, payload, deadline_ms, meta)
        else:
            endpoint = Stream(session, entry.method, requester=False, class_=class_ & 0xE0)
            endpoint.id = stream
            try:
                credit = None if meta is None else meta.initial_credit()
            except MetaFault as fault:
                session.refuse(stream, fault.code, fault.message)
                return
            if credit is not None:
                endpoint.sending = SendHalf(*credit)
            session.streams[stream] = endpoint
            endpoint.accept(flags, class_, 0, crc, payload, opening=True)
            if endpoint.done:
                return
            call = HandledCall(self, session, stream, endpoint)
            endpoint.on_cancelled = call.on_lost
            work = self._streaming(entry, call, endpoint, deadline_ms, meta)
        if deadline_ms:
            seconds = deadline_ms / 1000
            call.deadline = session.loop.time() + seconds
            call.tick = session.deadlines.add(call, call.deadline, seconds)
        self._calls.add(call)
        call.start(work)

    async def _unary(
        self, entry: Entry, call: HandledCall, payload: bytes, deadline_ms: int, meta: Meta | None
    ) -> None:
        context = HandlerContext(self._link, entry.method.path, call.deadline, meta, call)
        try:
            request = _request(entry.method, payload)
            current.set(context)
            answer = encode(await entry.function(request, context))
            if call.finished:
                return
            trailers = context.sealed_trailers
            if trailers or len(answer) > CREDIT_BYTES:
                stream = call.upgrade(entry.method)
                await stream.send(answer, end=not trailers)
                stream.complete(trailers)
            else:
                call.session.write(message_frame(f.DATA, f.END, call.id, 0, 0, answer))
        except asyncio.CancelledError:
            if not call.finished:
                raise
        except Exception as error:
            call.fail(error, context.sealed_trailers, entry)
        finally:
            call.end()
            self._calls.discard(call)

    async def _streaming(
        self, entry: Entry, call: HandledCall, stream: Stream, deadline_ms: int, meta: Meta | None
    ) -> None:
        method = entry.method
        context = HandlerContext(self._link, method.path, call.deadline, meta, call)
        try:
            current.set(context)
            if method.shape in ("unary", "server_stream"):
                payload = await stream.next()
                if payload is None:
                    raise NexusError(Code.INVALID_ARGUMENT, f"{method.path} needs a request")
                argument = _request(method, payload)
            else:
                argument = _requests(method, stream)
            if method.shape in ("server_stream", "bidi"):
                async with aclosing(entry.function(argument, context)) as answers:
                    async for answer in answers:
                        await stream.send(encode(answer))
            else:
                answer = encode(await entry.function(argument, context))
                await stream.send(answer, end=not context.sealed_trailers)
            stream.complete(context.sealed_trailers)
        except asyncio.CancelledError:
            if not call.finished:
                raise
        except Exception as error:
            if not stream.done:
                call.fail(error, context.sealed_trailers, entry)
        finally:
            call.end()
            self._calls.discard(call)

    # End

    async def drain(self, grace: float = GRACE_SECONDS) -> None:
        """Takes no new call, lets those in flight finish for `grace` seconds, then cancels the rest."""
        self._draining = True
        self._link.withdraw(self)
        session = self._session
        async with _at_most(grace):
            if session is not None and not session.closed:
                self._unregistered = session.loop.create_future()
                session.write(frame(f.UNREGISTER, 0, self._stream))
                await self._unregistered
            while self._calls:
                await asyncio.wait([call.task for call in self._calls if call.task is not None])
        for call in list(self._calls):
            call.stop(NexusError(Code.UNAVAILABLE, "the provider is shutting down"))
        tasks = [call.task for call in self._calls if call.task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)
        self._link.forget(self)

    def abandon(self) -> None:
        """The link is closed: running handlers are cancelled."""
        for call in list(self._calls):
            call.stop(NexusError(Code.UNAVAILABLE, "the provider closed its link"))


def _request(method: Method[Any, Any], payload: bytes) -> Any:
    try:
        request = decode(method.request, payload)
    except DecodeError as error:
        raise NexusError(Code.INVALID_ARGUMENT, f"the request cannot be decoded: {error}") from None
    check(request)
    return request


async def _requests(method: Method[Any, Any], stream: Stream) -> AsyncIterator[Any]:
    while (payload := await stream.next()) is not None:
        yield _request(method, payload)


@asynccontextmanager
async def _at_most(seconds: float) -> AsyncGenerator[None]:
    """Leaves the block quietly when `seconds` are over."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            yield
