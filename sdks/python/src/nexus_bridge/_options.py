"""The option bags of calls, publishes and subscriptions: keyword arguments that only grow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, TypeAlias, TypedDict

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
    metadata: MetadataInit
    priority: int
    correlation_id: str
    content_type: str
    ttl: float
    """Seconds after which the message is of no use; the topic's own unless set."""


class SubscribeOptions(TypedDict, total=False):
    """Options of one subscription."""

    group: str
    """Members of one group share the messages; each goes to one of them."""
    credit: int
    """How many events may wait for the loop, 1024 unless set; beyond it the slow policy rules."""
    slow: Literal["drop_old", "drop_new", "latest", "disconnect", "block"]
    retained: Literal["new", "always", "never"]
    qos: Literal[0, 1, 2]
    ordering: Literal["none", "key"]
    consumer: str
    attributes: bool
    """Ask for `published_at` and `origin`."""
