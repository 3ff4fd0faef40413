"""What a subscription yields: events, and a Gap wherever something was lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Generic, Literal, NamedTuple, TypeAlias, TypeVar

from . import _frame as f
from . import _meta as m
from ._message import decode
from ._metadata import Metadata

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
    """One message of a topic."""

    value: T
    topic: str
    position: Position | None
    """None for QoS 0 of a topic that keeps nothing."""
    delivery: int
    retained: bool
    redelivered: bool
    attempt: int
    metadata: Metadata
    correlation_id: str | None
    published_at: datetime | None
    """With `attributes`: when the router took it."""
    origin: bytes | None
    """With `attributes`: the router that took it."""


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

    def continues(self, later: Gap) -> bool:
        """`later` can be told as one with this: nothing came between them."""
        return (
            (self.topic, self.reason, self.epoch) == (later.topic, later.reason, later.epoch)
            and bool(self.count) == bool(later.count)
            and (self.last is None or later.first == self.last + 1)
        )


class RawEvent:
    """An event as it came, decoded when it is pulled."""

    __slots__ = ("delivery", "flags", "meta", "payload", "topic")

    def __init__(
        self, flags: int, topic: str, delivery: int, meta: m.Meta | None, payload: bytes
    ) -> None:
        self.flags = flags
        self.topic = topic
        self.delivery = delivery
        self.meta = meta
        self.payload = payload

    def event(self, message: type[T]) -> Event[T]:
        meta = self.meta or NO_META
        position = meta.position()
        ingress = meta.number(m.INGRESS_TIME, 8)
        return Event(
            value=decode(message, self.payload),
            topic=self.topic,
            position=None if position is None else Position(*position),
            delivery=self.delivery,
            retained=bool(self.flags & f.RETAIN),
            redelivered=bool(self.flags & f.DUP),
            attempt=meta.number(m.ATTEMPT, 1) or 1,
            metadata=meta.metadata,
            correlation_id=meta.text(m.CORRELATION_ID),
            published_at=None if ingress is None else EPOCH + timedelta(microseconds=ingress),
            origin=meta.tags.get(m.ORIGIN),
        )


NO_META: Final = m.Meta()
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
