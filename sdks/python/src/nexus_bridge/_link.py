"""A link to a router: it dials, dials again after a loss, and restores what was served and subscribed."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar, Unpack

from ._address import Address
from ._context import current
from ._control import GoAway, Welcome, encode_hello
from ._diagnostics import Diagnostic, OnDiagnostic, tell
from ._errors import Code, NexusError
from ._gen_constants import LIMITS
from ._interceptors import Call, Interceptor, Reply, intercept, only
from ._lanes import Lanes
from ._meta import Meta, tag, user_tags
from ._metadata import EMPTY, Metadata, checked
from ._options import CallOptions, PublishOptions, SubscribeOptions
from ._publication import Receipt
from ._publish import QUEUED, publish
from ._retry import RetryBudget, dial_backoff
from ._serve import GRACE_SECONDS, Entry, Handler, Served
from ._session import Session
from ._status import unpack_code
from ._topics import Subscription
from ._version import __version__

if TYPE_CHECKING:
    from ._descriptors import Topic, TopicPattern

T = TypeVar("T", bound=Any)

CONNECT_SECONDS: Final = LIMITS["connect_timeout_ms"] / 1000
HANDSHAKE_SECONDS: Final = LIMITS["handshake_timeout_ms"] / 1000


class Link:
    """Made by `connect` and `memory_link`. Clients, handlers and subscriptions all share it."""

    def __init__(
        self,
        address: Address,
        *,
        token: str | None,
        name: str,
        interceptors: Sequence[Interceptor],
        forward_metadata: Iterable[str],
        on_diagnostic: OnDiagnostic | None,
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.address = address.url
        self.session: Session | None = None
        self.closed = False
        self.interceptors = tuple(interceptors)
        self.budget = RetryBudget()
        self.subscriptions: set[Subscription[Any]] = set()
        self.lanes = Lanes(self)
        self._address = address
        self._hello = encode_hello(f"python {platform.python_version()}", __version__, name, token)
        self._forward = frozenset(forward_metadata)
        self._on_diagnostic = on_diagnostic
        self._served: list[Served] = []
        self._entries: dict[str, Entry] = {}
        self._sessions: set[Session] = set()
        self._ready: asyncio.Future[None] = self.loop.create_future()
        self._lost = asyncio.Event()
        self._refused: NexusError | None = None
        self._cause: NexusError | None = None
        self._was_connected = False
        self._dialler: asyncio.Task[None] | None = None

    # The application's side

    async def serve(self, handler: Handler, /, *, concurrency: int | None = None) -> Served:
        """Registers `handler`; returns when the router has taken it.

        Beyond `concurrency` running calls (1024 unless set) further ones get RESOURCE_EXHAUSTED.
        """
        served = Served(self, handler, concurrency)
        session = await self.ready(self.loop.time() + LIMITS["call_timeout_ms"] / 1000)
        self.adopt(served)
        try:
            await served.register(session)
        except BaseException:
            self.withdraw(served)
            self.forget(served)
            raise
        return served

    async def publish(
        self, topic: Topic[T], event: T, /, **options: Unpack[PublishOptions]
    ) -> Receipt:
        """Publishes one event to the topic that its fields name.

        QoS 0 returns when it is queued, QoS 1 when the router holds it, whatever links come and go.
        """
        return await self._publish(topic, event, options, clears=False)

    async def clear_retained(
        self, topic: Topic[T], event: T, /, **options: Unpack[PublishOptions]
    ) -> Receipt:
        """The router forgets the value that it keeps for the topic that `event`'s fields name."""
        if not topic.retained:
            name = topic.message.__nexus_name__
            text = f"{name} is not retained: there is no value to clear"
            raise NexusError(Code.INVALID_ARGUMENT, text)
        return await self._publish(topic, event, options, clears=True)

    async def _publish(
        self, topic: Topic[T], event: T, options: PublishOptions, *, clears: bool
    ) -> Receipt:
        if not self.interceptors:
            return await publish(self, topic, event, options, clears=clears)
        receipts: list[Receipt] = []

        async def last(call: Call) -> Reply:
            inner = options.copy()
            inner["metadata"] = call.metadata
            inner["timeout"] = call.timeout
            receipts.append(await publish(self, topic, only(call.messages), inner, clears=clears))
            return Reply(messages=())

        call = Call(
            kind="publish",
            target=topic.pattern,
            metadata=checked(options.get("metadata", ())),
            timeout=options.get("timeout"),
            messages=(event,),
        )
        await intercept(self.interceptors, call, last)
        return receipts[-1] if receipts else QUEUED

    def subscribe(
        self, pattern: TopicPattern[T], /, **options: Unpack[SubscribeOptions]
    ) -> Subscription[T]:
        """`async with` makes the subscription, `async for` pulls its events and gaps."""
        return Subscription(self, pattern, options)

    async def drain(self, grace: float = GRACE_SECONDS) -> None:
        """Takes no new calls, finishes those in flight within `grace` seconds, then closes.

        What was published with QoS 1 is answered for first, within the same time.
        """
        self.lanes.end()
        await asyncio.gather(
            self.lanes.drained(grace), *(served.drain(grace) for served in list(self._served))
        )
        await self.close()

    async def close(self) -> None:
        """Ends everything at once; what is in flight fails with UNAVAILABLE."""
        if self.closed:
            return
        self.closed = True
        for served in self._served:
            served.abandon()
        for session in list(self._sessions):
            session.close()
        error = NexusError(Code.UNAVAILABLE, "the link was closed")
        self.lanes.close(error)
        for subscription in list(self.subscriptions):
            subscription.on_lost(error)
        self._wake_ready()
        if self._dialler is not None:
            self._dialler.cancel()
            await asyncio.gather(self._dialler, return_exceptions=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    # What calls, topics and handlers rest on

    async def ready(self, deadline: float | None, *, fail_fast: bool = False) -> Session:
        """A session that takes new streams; waits for one until `deadline`."""
        try:
            async with asyncio.timeout_at(deadline):
                while True:
                    if self.closed:
                        raise NexusError(Code.UNAVAILABLE, "the link is closed", not_executed=True)
                    session = self.session
                    if session is None or not session.accepting:
                        if fail_fast:
                            raise self._no_link()
                        await asyncio.shield(self._ready)
                    elif session.congested:
                        tell(
                            self._on_diagnostic,
                            Diagnostic(kind="slow", queue_bytes=session.queue_bytes),
                        )
                        await session.writable()
                    else:
                        return session
        except TimeoutError:
            raise NexusError(
                Code.DEADLINE_EXCEEDED,
                f"no link to {self.address} within the time for the call",
                not_executed=True,
            ) from None

    def _no_link(self) -> NexusError:
        text = f"there is no link to {self.address} at the moment"
        return NexusError(Code.UNAVAILABLE, text, not_executed=True)

    def call_tags(self, options: CallOptions) -> bytes:
        """Metadata of the call, and what is passed on from the call that is being handled."""
        metadata = options.get("metadata")
        tags = b"" if metadata is None else user_tags(checked(metadata))
        context = current.get()
        if context is None:
            return tags
        if self._forward:
            given: set[str] = {key for key, _ in checked(metadata or EMPTY)}
            passed = [
                (key, value)
                for key, value in context.metadata
                if key in self._forward and key not in given
            ]
            tags += user_tags(Metadata(passed))
        for number, value in context.trace.items():
            tags += tag(number, value)
        return tags

    def tell(self, diagnostic: Diagnostic) -> None:
        tell(self._on_diagnostic, diagnostic)

    def adopt(self, served: Served) -> None:
        """From now on its calls are dispatched, and it is registered again after a loss."""
        for path in served.entries:
            if path in self._entries:
                raise NexusError(
                    Code.ALREADY_EXISTS, f"{served.service.name} is served on this link already"
                )
        self._served.append(served)
        self._entries.update(served.entries)

    def withdraw(self, served: Served) -> None:
        """It is not registered again; what still comes for it is its own to refuse."""
        if served in self._served:
            self._served.remove(served)

    def forget(self, served: Served) -> None:
        """Its calls are not dispatched any more."""
        for path in served.entries:
            self._entries.pop(path, None)

    # What the session reports

    def session_ready(self, session: Session, welcome: Welcome) -> None:
        self.session = session
        self._was_connected = True
        self._wake_ready()
        self.tell(Diagnostic(kind="connected"))
        self._restore(session)

    def _restore(self, session: Session) -> None:
        for served in self._served:
            self._watch(served.register(session), f"{served.service.name} is not served any more")
        for subscription in list(self.subscriptions):
            self._watch(subscription.subscribe(session), "a subscription was not made again")
        self.lanes.attach(session)

    def _watch(self, answer: asyncio.Future[None], what: str) -> None:
        def answered(future: asyncio.Future[None]) -> None:
            if future.cancelled():
                return
            error = future.exception()
            if error is not None and not self.closed:
                self.tell(Diagnostic(kind="refused", reason=f"{what}: {error}"))

        answer.add_done_callback(answered)

    def session_draining(self, session: Session, goaway: GoAway) -> None:
        self.tell(Diagnostic(kind="draining", reason=goaway.reason or None))
        if self.session is session:
            self.session = None
            self._renew_ready()
            self._lost.set()

    def session_lost(self, session: Session, cause: NexusError) -> None:
        self._sessions.discard(session)
        if self.session is session:
            self.session = None
            self._renew_ready()
        if not session.welcomed and cause.code is Code.UNAUTHENTICATED:
            self._refused = cause
        self._cause = cause
        self._lost.set()

    def incoming_call(
        self, session: Session, stream: int, name: str, flags: int, class_: int,
        deadline_ms: int, crc: int, meta: Meta | None, payload: bytes,
    ) -> None:  # fmt: skip
        entry = self._entries.get(name)
        if entry is None:
            session.refuse(stream, Code.UNIMPLEMENTED, f"{name} is not served here")
            return
        entry.served.handle(session, entry, stream, flags, class_, deadline_ms, crc, meta, payload)

    def publish_refused(self, name: str, code: int) -> None:
        error = unpack_code(code, f"an event to {name} was refused")
        self.tell(Diagnostic(kind="refused", code=error.code, reason=str(error)))

    # Dialling

    async def start(self) -> None:
        """The first connect: tries for five seconds, then says what to do."""
        self._dialler = self.loop.create_task(self._dial_forever())
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await asyncio.shield(self._ready)
        except TimeoutError:
            cause = self._cause
            await self.close()
            raise NexusError(
                Code.UNAVAILABLE,
                f"no router answers at {self.address} after {CONNECT_SECONDS:g} s"
                f"{f' ({cause.message})' if cause else ''}: start one with `nexus start`,"
                " or set NEXUS_URL to where one runs",
                cause=cause,
            ) from cause
        except asyncio.CancelledError:
            await self.close()
            raise
        if self._refused is not None:
            refused = self._refused
            await self.close()
            raise refused

    async def _dial_forever(self) -> None:
        attempt = 0
        while not self.closed:
            if await self._dial():
                attempt = 0
                while self.session is not None:
                    self._lost.clear()
                    await self._lost.wait()
            if self._refused is not None and not self._was_connected:
                self._wake_ready()
                return
            wait = dial_backoff(attempt)
            attempt += 1
            self.tell(Diagnostic(kind="disconnected", cause=self._cause, retry_in=wait))
            await asyncio.sleep(wait)

    async def _dial(self) -> bool:
        session = self.new_session()
        try:
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                await self._address.dial(lambda: session)
                await session.settled
        except (OSError, TimeoutError) as error:
            self._cause = NexusError(Code.UNAVAILABLE, str(error), cause=error)
            session.abort(self._cause)
            return False
        except NexusError as error:
            self._cause = error
            self._refused = error
            session.abort(error)
            return False
        return session.welcomed

    def new_session(self) -> Session:
        session = Session(self, self._hello, self.loop)
        self._sessions.add(session)
        return session

    def _wake_ready(self) -> None:
        if not self._ready.done():
            self._ready.set_result(None)

    def _renew_ready(self) -> None:
        if self._ready.done() and not self.closed:
            self._ready = self.loop.create_future()
