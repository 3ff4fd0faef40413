"""Bytes, metadata and errors in orders and answers, as CONTRACT.md spells them."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any
from zlib import crc32

import nexus_bridge as nexus
from conformance_schema.nexus.conformance.v1 import EchoFailedError

BLOCK = 251
TOLD_MAX = 1024
HEAD = 16


class BadOrder(Exception):
    """An order that no correct runner gives."""


class Malformed(Exception):
    """Bytes that a codec refused."""


def sequence(size: int, seed: int) -> bytes:
    """`size` bytes that follow from `seed` alone."""
    block = bytes((seed + at * 7) & 255 for at in range(BLOCK))
    return (block * (size // BLOCK + 1))[:size]


def text_told(data: bytes) -> str:
    return base64.b64encode(data).decode()


def bytes_from(value: Any) -> bytes:
    if value is None:
        return b""
    if isinstance(value, str):
        return base64.b64decode(value)
    generated = value["$gen"]
    return sequence(generated["size"], generated["seed"])


def bytes_told(data: bytes) -> Any:
    if len(data) <= TOLD_MAX:
        return text_told(data)
    return {"length": len(data), "crc32": crc32(data), "head": text_told(data[:HEAD])}


def pairs_from(value: Any) -> list[tuple[str, str | bytes]]:
    return [
        (key, base64.b64decode(each["b64"]) if isinstance(each, dict) else each)
        for key, each in value or []
    ]


def pairs_told(pairs: Iterable[tuple[str, str | bytes]]) -> list[list[Any]]:
    return [
        [key, {"b64": text_told(each)} if isinstance(each, bytes) else each] for key, each in pairs
    ]


def failure_told(error: Exception) -> dict[str, Any]:
    """Errors of the SDK; anything else is a fault of the SDK and is told as one."""
    if isinstance(error, Malformed):
        return {"failed": {"code": "MALFORMED", "message": str(error)}}
    if not isinstance(error, nexus.NexusError):
        text = f"{type(error).__name__}: {error}"
        return {"failed": {"code": "NOT_A_NEXUS_ERROR", "message": text}}
    failed: dict[str, Any] = {
        "code": error.code.name,
        "message": error.message,
        "retryable": error.retryable,
        "notExecuted": error.not_executed,
        "details": [
            {"type": detail.type_url, "value": text_told(detail.value)} for detail in error.details
        ],
    }
    if error.reason is not None:
        failed["reason"] = error.reason.name
    if isinstance(error, EchoFailedError):
        failed["declared"] = error.detail.why
    return {"failed": failed}
