"""The option bags of calls, publishes and subscriptions: keyword arguments that only grow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Literal, TypeAlias, TypedDict

from ._items import Position
from ._metadata import Metadata, MetadataValue

MetadataInit: TypeAlias = (
    Metadata | Mapping[str, MetadataValue] | Iterable[tuple[str, MetadataValue]]
)


class Response(TypedDict):
    """What came beside the messages of a reply."""

    headers: Metadata
    trailers: Metadata


class CallOptions(TypedDict, total=False):
    """Options of one call."""

    timeout: float | None
    """Seconds; `None` for no limit. Without it: the method's own, else 30 s (unary) or none."""
    metadata: MetadataInit
    """Keys `[a-z0-9._-]`; those that end in `-bin` take bytes, the others text."""
    priority: int
    """1 (first) to 7 (background); 4 unless set."""
    fail_fast: bool
    """UNAVAILABLE at once while there is no link, instead of waiting for one."""
    on_response: Callable[[Response], None]
    """Called once, when the call ends well, with the reply's headers and trailers."""


class PublishOptions(TypedDict, total=False):
    """Options of one publish."""

    timeout: float | None
    """Seconds to wait for room (QoS 0) or for the router's answer (QoS 1); no limit unless set."""
    metadata: MetadataInit
    priority: int
    correlation_id: str
    content_type: str
    ttl: float
    """Seconds after which the message is of no use; the topic's own unless set."""


StartAt: TypeAlias = Literal["latest", "earliest"] | timedelta | Mapping[str, Position]
"""Where a subscription begins: behind what is kept, with the first kept, with what is at most so
old, or with the first position that is wanted of each topic (itself included; a topic that is not
named begins with its first kept message)."""


class SubscribeOptions(TypedDict, total=False):
    """Options of one subscription."""

    group: str
    """Members of one group share the messages; each goes to one of them."""
    credit: int
    """How many events may wait for the loop, 1024 unless set; beyond it the slow policy rules."""
    start: StartAt
    """"latest" unless set."""
    slow: Literal["drop_old", "drop_new", "latest", "disconnect", "block"]
    """Of events that come faster than they are read. "block" is QoS 1's default and only there:
    they wait in the topic's ring, and while that is full publishers are held back."""
    retained: Literal["new", "always", "never"]
    """Values that the router keeps: where the subscription is new (default), always or never."""
    qos: Literal[0, 1, 2]
    """The topic's own unless set. With 0, events of a topic of QoS 1 come at most once."""
    ordering: Literal["none", "key"]
    """"key": events of one ordering key go to one member of the group."""
    ack: Literal["auto", "manual"]
    """At QoS 1, who acknowledges: asking for the next item (default), or the event's methods."""
    ack_wait: float
    """Seconds until the router delivers an event again that nobody answered for; 30."""
    max_unacked: int
    """Events that may be without an answer at a time; 1024."""
    consumer: str
    """Names this subscriber: the router keeps its place while it is away. Not with `group`."""
    expiry: float
    """Seconds for which the router keeps the place of a `consumer` that is away; 300."""
    attributes: bool
    """Ask for `published_at` and `origin`."""
    priority: int
    """1 (first) to 7 (background), of the events on their way here; 4 unless set."""
