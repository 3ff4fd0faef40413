"""The operations on messages and frames that need no link."""

from __future__ import annotations

import base64
from typing import Any

import nexus_bridge as nexus
from answers import BadOrder, Malformed, text_told
from conformance_schema.nexus.conformance import v1 as schema
from nexus_bridge import _frame as frames
from nexus_bridge._meta import MetaFault, read_meta

PACKAGE = "nexus.conformance.v1."


REGISTRY = nexus.Registry(
    each
    for each in (getattr(schema, name) for name in schema.__all__)
    if isinstance(each, type) and issubclass(each, nexus.Message)
)


def message_of(order: dict[str, Any]) -> nexus.Message:
    """From the order's bytes or its JSON."""
    name = order["type"].removeprefix(PACKAGE)
    kind = getattr(schema, name, None)
    if kind is None:
        raise BadOrder(f"no message {name}")
    try:
        if "bytes" in order:
            return nexus.decode(kind, base64.b64decode(order["bytes"]))
        return nexus.from_json(kind, order["json"], registry=REGISTRY)
    except nexus.CodecError as error:
        raise Malformed(str(error)) from error


def to_bytes(order: dict[str, Any]) -> dict[str, Any]:
    message = message_of(order)
    try:
        return {"bytes": text_told(nexus.encode(message))}
    except nexus.CodecError as error:
        raise Malformed(str(error)) from error


def to_json(order: dict[str, Any]) -> dict[str, Any]:
    message = message_of(order)
    try:
        return {"json": nexus.to_json(message, registry=REGISTRY)}
    except nexus.CodecError as error:
        raise Malformed(str(error)) from error


def frame_decode(order: dict[str, Any]) -> dict[str, Any]:
    told: list[dict[str, Any]] = []

    def receive(
        type: int, flags: int, class_: int, stream: int, route: int, arg: int, crc: int,
        meta: bytes, payload: bytes,
    ) -> None:  # fmt: skip
        block: int | str = len(meta)
        try:
            if meta:
                read_meta(meta)
        except MetaFault:
            block = "fault"
        told.append(
            {
                "type": type,
                "flags": flags,
                "class": class_,
                "stream": stream,
                "route": route,
                "arg": arg,
                "payloadCrc": crc,
                "meta": block,
                "payload": text_told(payload),
            }
        )

    data = base64.b64decode(order["bytes"])
    decoder = frames.FrameDecoder(receive)
    if order.get("welcomed") is False:
        decoder.bytes_max = frames.FRAME_BYTES_BEFORE_WELCOME
    start = 0
    for end in [*order.get("cuts", []), len(data)]:
        try:
            decoder.feed(data[start:end])
        except frames.LinkFault as fault:
            return {"frames": told, "fault": fault.code.name}
        start = end
    return {"frames": told, "pending": 1 if decoder.waiting else 0}


CODEC_AND_FRAME_OPERATIONS = {
    "codec.binary": to_bytes,
    "codec.encode": to_bytes,
    "codec.decode": to_json,
    "codec.json": to_json,
    "frame.decode": frame_decode,
}
