"""Publishing: one event to the topic that its fields name, with the refusals that come before sending.

QoS 0 goes straight into the output; QoS 1 goes to a lane, which keeps it until the router does. QoS 2 is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar
from zlib import crc32

from . import _frame as f
from . import _meta as m
from ._context import current
from ._errors import Code, NexusError, Reason
from ._frame import frame
from ._gen_constants import LIMITS
from ._message import encode
from ._metadata import checked
from ._options import PublishOptions
from ._publication import Publication, Receipt
from ._stream import opening_meta
from ._validation import check

if TYPE_CHECKING:
    from ._descriptors import Topic
    from ._link import Link

T = TypeVar("T", bound=Any)

EVENT_BYTES_MAX: Final = LIMITS["frame_bytes"]
NAME_BYTES_MAX: Final = LIMITS["name_bytes"]
ORDERING_KEY_BYTES_MAX: Final = 255
TAG_BYTES_MAX: Final = m.CLIENT_META_BYTES_MAX - NAME_BYTES_MAX - 64
"""What a name, a producer and a fingerprint take is left free."""
TTL_MS_MAX: Final = 0xFFFFFFFF
QUEUED: Final = Receipt(position=None, duplicate=False)


async def publish(
    link: Link, topic: Topic[T], event: T, options: PublishOptions, *, clears: bool = False
) -> Receipt:
    """QoS 0: returns when it is queued. Above: when the router has answered."""
    if topic.qos == 2:
        raise NexusError(
            Code.UNIMPLEMENTED,
            f"{topic.message.__nexus_name__} has QoS 2; this version publishes QoS 0 and 1: change"
            " (nexus.topic).qos",
            not_executed=True,
        )
    name = _name_of(topic, event)
    payload = b"" if clears else _payload_of(topic, event)
    priority = options.get("priority", f.PRIORITY_DEFAULT)
    if not 1 <= priority <= 7:
        raise NexusError(Code.INVALID_ARGUMENT, f"priority {priority}: use 1 to 7")
    tags = _tags(link, topic, event, options)
    ttl_ms = _ttl_ms(topic, options)
    deadline = _deadline(link, name, options)
    flags = f.RETAIN if topic.retained else 0
    fingerprint: int = topic.message.__nexus_fingerprint__
    if topic.qos:
        stale_at = None if ttl_ms is None else link.loop.time() + ttl_ms / 1000
        publication = Publication(
            name, flags, tags, payload, fingerprint, stale_at, link.loop.create_future()
        )
        return await link.lanes.publish(priority, publication, deadline)
    session = link.session
    if session is None:
        text = f"there is no link to {link.address} at the moment"
        raise NexusError(Code.UNAVAILABLE, text, not_executed=True)
    if session.congested or not session.accepting:
        session = await link.ready(deadline, fail_fast=True)
    if ttl_ms is not None:
        tags += m.ttl_tag(ttl_ms)
    alias = session.names.alias_for(name)
    tags += session.names.type_tag(name, alias, fingerprint)
    meta = opening_meta(alias, name, tags) if tags or not alias else b""
    session.write(
        frame(f.PUBLISH, flags, 0, route=alias, meta=meta, payload=payload,
              crc=crc32(payload), class_=priority << 5)
    )  # fmt: skip
    return QUEUED


def _name_of(topic: Topic[Any], event: Any) -> str:
    try:
        name = topic.topic_for(event)
    except ValueError as error:
        raise NexusError(Code.INVALID_ARGUMENT, str(error)) from None
    if len(name.encode()) > NAME_BYTES_MAX:
        raise NexusError(
            Code.INVALID_ARGUMENT, f"the topic {name[:40]}... is longer than {NAME_BYTES_MAX} bytes"
        )
    return name


def _payload_of(topic: Topic[Any], event: Any) -> bytes:
    check(event)
    payload = encode(event)
    if len(payload) > EVENT_BYTES_MAX:
        raise NexusError(
            Code.INVALID_ARGUMENT,
            f"an event of {len(payload)} bytes; at most {EVENT_BYTES_MAX} are allowed",
            reason=Reason.TOO_LARGE,
            not_executed=True,
        )
    if not payload and topic.retained:
        raise NexusError(
            Code.INVALID_ARGUMENT,
            f"a {topic.message.__nexus_name__} without any value has no bytes, which would clear"
            " what is retained: set a field, or call clear_retained",
            not_executed=True,
        )
    return payload


def _deadline(link: Link, name: str, options: PublishOptions) -> float | None:
    """The least of the option and what the handler around it has left."""
    context = current.get()
    left = None if context is None else context.time_left
    timeout = options.get("timeout")
    if left is not None:
        timeout = left if timeout is None else min(timeout, left)
    if timeout is None:
        return None
    if timeout <= 0:
        text = f"{name}: there was no time left to publish"
        raise NexusError(Code.DEADLINE_EXCEEDED, text, not_executed=True)
    return link.loop.time() + timeout


def _ttl_ms(topic: Topic[Any], options: PublishOptions) -> int | None:
    ttl = options.get("ttl")
    if ttl is None:
        return topic.ttl_ms
    if not 0 < ttl * 1000 <= TTL_MS_MAX:
        text = f"ttl is {ttl}; use seconds above 0 and up to {TTL_MS_MAX // 1000}"
        raise NexusError(Code.INVALID_ARGUMENT, text)
    return max(1, int(ttl * 1000))


def _tags(link: Link, topic: Topic[Any], event: Any, options: PublishOptions) -> bytes:
    if options:
        tags = link.call_tags({"metadata": checked(options.get("metadata", ()))})
    else:
        tags = link.call_tags({})
    if topic.ordering_key is not None:
        tags += m.tag(m.ORDERING_KEY, _ordering_key(topic.ordering_key, event))
    if "correlation_id" in options:
        tags += m.tag(m.CORRELATION_ID, options["correlation_id"].encode())
    if "content_type" in options:
        tags += m.tag(m.CONTENT_TYPE, options["content_type"].encode())
    if len(tags) > TAG_BYTES_MAX:
        raise NexusError(
            Code.INVALID_ARGUMENT,
            f"metadata, correlation_id and content_type take {len(tags)} bytes; at most"
            f" {TAG_BYTES_MAX} may be sent",
            reason=Reason.TOO_LARGE,
        )
    return tags


def _ordering_key(name: str, event: Any) -> bytes:
    value = getattr(event, name)
    key = value if isinstance(value, bytes) else _key_text(value).encode()
    if len(key) > ORDERING_KEY_BYTES_MAX:
        raise NexusError(
            Code.INVALID_ARGUMENT,
            f'the ordering key "{name}" has {len(key)} bytes; at most {ORDERING_KEY_BYTES_MAX} may'
            " be sent",
        )
    return key


def _key_text(value: Any) -> str:
    """As every language spells it: keys of one event must be equal whoever publishes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, int) else str(value)
