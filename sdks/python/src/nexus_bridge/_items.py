"""What a subscription yields: events, and a Gap wherever something was lost."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, NamedTuple, TypeAlias, TypeVar

from . import _frame as f
from . import _meta as m
from ._errors import Code, NexusError
from ._ledger import ACK, NACK, PROGRESS, TERM
from ._message import decode
from ._metadata import Metadata

if TYPE_CHECKING:
    from ._ledger import Ledger

T = TypeVar("T", bound=Any)

GapReason: TypeAlias = Literal[
    "slow", "retention", "resume", "rate", "codec", "reset", "invalid", "unreported"
]
GAP_REASONS: Final[dict[int, GapReason]] = {
    1: "slow", 2: "retention", 3: "resume", 4: "rate", 5: "codec", 6: "reset",
}  # fmt: skip


class Position(NamedTuple):
    """A place in one topic."""

    epoch: int
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Generic[T]):
    """One message of a topic.

    At QoS 1 it is acknowledged by asking for the next one, or with `ack="manual"` by its four
    methods, of which the first that is called counts. At QoS 0 nobody waits for an answer, and
    they do nothing. Call them on the loop of the link.
    """

    value: T
    topic: str
    position: Position | None
    """None for QoS 0 of a topic that keeps nothing."""
    delivery: int
    """Counts this subscription's events on this link, from 1."""
    retained: bool
    """The value that the router kept for the topic, not one published since."""
    redelivered: bool
    """It, or one behind it in its topic, was delivered to this subscription before."""
    attempt: int
    """Which of the router's deliveries of the event this is, from 1."""
    metadata: Metadata
    correlation_id: str | None
    content_type: str | None
    published_at: datetime | None
    """With `attributes`: when the router took it."""
    origin: bytes | None
    """With `attributes`: the router that took it."""
    dead_letter_reason: str | None
    """Only of topics that begin with `$dead`: why the event came there; its `position` is its own topic's."""
    _ledger: Ledger | None = field(default=None, repr=False, compare=False)

    def ack(self) -> None:
        """It is done: it does not come again."""
        if self._ledger is not None:
            self._ledger.settle(self.delivery, ACK)

    def nack(self, *, delay: float = 0) -> None:
        """It comes again, here or at another member of the group, after `delay` seconds or a pause of the router's.

        An event that failed five times goes to the topic `$dead.<topic>` instead.
        """
        if not 0 <= delay * 1000 <= 0xFFFFFFFF:
            text = f"delay is {delay}; use 0 to {0xFFFFFFFF // 1000} seconds"
            raise NexusError(Code.INVALID_ARGUMENT, text)
        if self._ledger is not None:
            self._ledger.settle(self.delivery, NACK, ceil(delay * 1000))

    def reject(self) -> None:
        """It will never succeed: it does not come again."""
        if self._ledger is not None:
            self._ledger.settle(self.delivery, TERM)

    def extend(self) -> None:
        """It takes longer: the router's wait for an answer begins anew."""
        if self._ledger is not None:
            self._ledger.settle(self.delivery, PROGRESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something of a topic was lost; `first` and `last` are inclusive, None without positions."""

    topic: str
    count: int
    """0 where nobody knows how many, as after the loss of a link."""
    reason: GapReason
    epoch: int | None = None
    first: int | None = None
    last: int | None = None

    def with_later(self, later: Gap, *, is_full: bool) -> Gap | None:
        """Both as one: what has no place and is of one kind, and any two where there are too many."""
        count = self.count + later.count
        is_placed = self.first is not None or later.first is not None
        if (self.topic, self.reason) == (later.topic, later.reason) and not is_placed:
            return replace(self, count=count)
        if not is_full:
            return None
        return Gap(topic=self.topic, count=count, reason="unreported")


class RawEvent:
    """An event as it came. It is decoded when it is pulled; where an answer depends on it, at once."""

    __slots__ = ("again", "decoded", "delivery", "flags", "ledger", "meta", "payload", "topic")

    def __init__(
        self, flags: int, topic: str, delivery: int, meta: m.Meta | None, payload: bytes,
        ledger: Ledger | None, again: bool,
    ) -> None:  # fmt: skip
        self.flags = flags
        self.topic = topic
        self.delivery = delivery
        self.meta = meta
        self.payload = payload
        self.ledger = ledger
        self.again = again
        self.decoded: Event[Any] | None = None

    def lost(self) -> Gap:
        """What is told of it where it is no message."""
        try:
            position = None if self.meta is None else position_of(self.meta)
        except m.MetaFault:
            position = None
        epoch, sequence = (None, None) if position is None else position
        return Gap(
            topic=self.topic, count=1, reason="invalid", epoch=epoch, first=sequence, last=sequence
        )

    def settle(self, kind: int) -> None:
        if self.ledger is not None:
            self.ledger.settle(self.delivery, kind)

    def event(self, message: type[T]) -> Event[T]:
        if self.decoded is not None:
            return self.decoded
        meta = self.meta or NO_META
        ingress = meta.number(m.INGRESS_TIME, 8)
        return Event(
            value=decode(message, self.payload),
            topic=self.topic,
            position=position_of(meta),
            delivery=self.delivery,
            retained=bool(self.flags & f.RETAIN),
            redelivered=self.again or bool(self.flags & f.DUP),
            attempt=meta.number(m.ATTEMPT, 1) or 1,
            metadata=meta.metadata,
            correlation_id=meta.text(m.CORRELATION_ID),
            content_type=meta.text(m.CONTENT_TYPE),
            published_at=None if ingress is None else EPOCH + timedelta(microseconds=ingress),
            origin=meta.tags.get(m.ORIGIN),
            dead_letter_reason=meta.text(m.DEAD_LETTER_REASON),
            _ledger=self.ledger,
        )


def position_of(meta: m.Meta) -> Position | None:
    position = meta.position()
    return None if position is None else Position(*position)


NO_META: Final = m.Meta()
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
