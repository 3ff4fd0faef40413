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


def codec_binary(order: dict[str, Any]) -> dict[str, Any]:
    name = order["type"].removeprefix(PACKAGE)
    kind = getattr(schema, name, None)
    if kind is None:
        raise BadOrder(f"no message {name}")
    try:
        message = nexus.decode(kind, base64.b64decode(order["bytes"]))
    except nexus.CodecError as error:
        raise Malformed(str(error)) from error
    return {"bytes": text_told(nexus.encode(message))}


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


CODEC_AND_FRAME_OPERATIONS = {"codec.binary": codec_binary, "frame.decode": frame_decode}
