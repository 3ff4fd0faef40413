"""Publishing: one event to the topic that its fields name, with the refusals that come before sending."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from struct import Struct
from typing import TYPE_CHECKING, Any, Final, TypeVar
from zlib import crc32

from . import _frame as f
from . import _meta as m
from ._endpoint import Endpoint
from ._errors import Code, NexusError, Reason
from ._frame import LinkCode, LinkFault, frame
from ._gen_constants import LIMITS
from ._items import Position
from ._message import encode
from ._metadata import checked
from ._options import PublishOptions
from ._session import Session
from ._status import pack_code, unpack_code
from ._stream import opening_meta
from ._validation import check

if TYPE_CHECKING:
    from ._descriptors import Topic
    from ._link import Link

T = TypeVar("T", bound=Any)

EVENT_BYTES_MAX: Final = LIMITS["frame_bytes"]
NAME_BYTES_MAX: Final = LIMITS["name_bytes"]
_PUBACK = Struct(">HIQ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a publish gives back."""

    position: Position | None
    duplicate: bool


async def publish(link: Link, topic: Topic[T], event: T, options: PublishOptions) -> Receipt:
    """QoS 0: returns when it is queued. Above: when the router has answered."""
    check(event)
    try:
        name = topic.topic_for(event)
    except ValueError as error:
        raise NexusError(Code.INVALID_ARGUMENT, str(error)) from None
    payload = encode(event)
    if len(payload) > EVENT_BYTES_MAX:
        raise NexusError(
            Code.INVALID_ARGUMENT,
            f"an event of {len(payload)} bytes; at most {EVENT_BYTES_MAX} are allowed",
            reason=Reason.TOO_LARGE,
            not_executed=True,
        )
    if len(name.encode()) > NAME_BYTES_MAX:
        raise NexusError(
            Code.INVALID_ARGUMENT, f"the topic {name[:40]}... is longer than {NAME_BYTES_MAX} bytes"
        )
    tags = _publish_tags(link, topic, event, options)
    timeout = options.get("timeout", LIMITS["call_timeout_ms"] / 1000)
    session = link.session
    if session is None and topic.qos == 0:
        raise NexusError(
            Code.UNAVAILABLE, f"there is no link to {link.address} at the moment", not_executed=True
        )
    deadline = None if timeout is None else link.loop.time() + timeout
    if session is None or session.congested or not session.accepting:
        session = await link.ready(deadline, fail_fast=topic.qos == 0)
    alias = session.alias_for(name)
    class_ = (options.get("priority", f.PRIORITY_DEFAULT) << 5) | topic.qos << 3
    flags = f.RETAIN if topic.retained else 0
    if topic.qos == 0:
        meta = opening_meta(alias, name, tags) if tags or not alias else b""
        session.write(
            frame(f.PUBLISH, flags, 0, route=alias, meta=meta, payload=payload,
                  crc=crc32(payload), class_=class_)
        )  # fmt: skip
        return QUEUED
    lane = Lane(session, name)
    meta = opening_meta(alias, name, tags + m.producer_tag(os.urandom(16), 1, 1))
    session.write(
        frame(f.PUBLISH, flags | f.END, lane.id, route=alias, arg=1, meta=meta, payload=payload,
              crc=crc32(payload), class_=class_)
    )  # fmt: skip
    try:
        async with asyncio.timeout_at(deadline):
            return await lane.answer
    except TimeoutError:
        text = f"no answer for the event to {name}: whether it is held is unknown"
        raise NexusError(Code.DEADLINE_EXCEEDED, text) from None


QUEUED: Final = Receipt(position=None, duplicate=False)


def _publish_tags(link: Link, topic: Topic[Any], event: Any, options: PublishOptions) -> bytes:
    ttl = options.get("ttl")
    ttl_ms = topic.ttl_ms if ttl is None else max(1, int(ttl * 1000))
    if not options and ttl_ms is None and topic.ordering_key is None:
        return link.call_tags({})
    tags = link.call_tags({"metadata": checked(options.get("metadata", ()))})
    if ttl_ms is not None:
        tags += m.ttl_tag(ttl_ms)
    if topic.ordering_key is not None:
        tags += m.tag(m.ORDERING_KEY, str(getattr(event, topic.ordering_key)).encode()[:255])
    if "correlation_id" in options:
        tags += m.tag(m.CORRELATION_ID, options["correlation_id"].encode())
    if "content_type" in options:
        tags += m.tag(m.CONTENT_TYPE, options["content_type"].encode())
    return tags


class Lane(Endpoint):
    """The way of one event with QoS >= 1: PUBLISH with END, answered by PUBACK."""

    __slots__ = ("answer", "id", "name", "session")

    def __init__(self, session: Session, name: str) -> None:
        self.session = session
        self.name = name
        self.id = session.open(self)
        self.answer: asyncio.Future[Receipt] = session.loop.create_future()

    def on_control(
        self, type: int, flags: int, route: int, arg: int, crc: int, meta: bytes, payload: bytes
    ) -> None:
        if type != f.PUBACK:
            super().on_control(type, flags, route, arg, crc, meta, payload)
        if len(payload) != _PUBACK.size:
            raise LinkFault(LinkCode.PROTOCOL_ERROR, "PUBACK has another size")
        code, epoch, sequence = _PUBACK.unpack(payload)
        self.session.streams.pop(self.id, None)
        if self.answer.done():
            return
        position = Position(epoch, sequence) if sequence else None
        duplicate = code == pack_code(NexusError(Code.ALREADY_EXISTS, reason=Reason.DUPLICATE))
        if code and not duplicate:
            text = f"the router refused the event to {self.name}"
            self.answer.set_exception(unpack_code(code, text))
        else:
            self.answer.set_result(Receipt(position=position, duplicate=duplicate))

    def on_lost(self, error: NexusError) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)
