"""Payloads of the control frames: the generated messages, and the few lines that fill and read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from ._frame import LinkFault
from ._gen.nexus.wire.v1.control import (
    Auth,
    Client,
    Detail,
    GoAway,
    Hello,
    Method,
    Position,
    Register,
    Registered,
    Start,
    Status,
    Subscribe,
    Subscribed,
    Welcome,
)
from ._gen_constants import LinkCode
from ._message import DecodeError, Message, decode, encode

__all__ = [
    "Detail",
    "GoAway",
    "Method",
    "Position",
    "Register",
    "Registered",
    "Start",
    "Status",
    "Subscribe",
    "Subscribed",
    "Welcome",
    "decode",
    "encode",
    "encode_hello",
    "encode_violations",
    "read_control",
]

M = TypeVar("M", bound=Message)


def encode_hello(language: str, version: str, name: str, token: str | None) -> bytes:
    """HELLO's payload for a client."""
    client = Client(name=name, language=language, sdk="nexus-bridge", version=version)
    auth = None if token is None else Auth(method="token", token=token.encode())
    return encode(Hello(wire_min=1, wire_max=1, client=client, role="client", auth=auth))


def read_control(kind: type[M], payload: bytes) -> M:
    """A control payload that cannot be decoded ends the link."""
    try:
        return decode(kind, payload)
    except DecodeError as error:
        raise LinkFault(LinkCode.PROTOCOL_ERROR, f"{kind.__name__}: {error}") from None


def encode_violations(violations: Sequence[tuple[str, str, str]]) -> bytes:
    """`nexus.v1.ValidationFailed`: field, rule and text of each, all length-delimited."""
    return b"".join(_field(1, _texts(violation)) for violation in violations)


def _texts(texts: Sequence[str]) -> bytes:
    return b"".join(_field(number, text.encode()) for number, text in enumerate(texts, 1) if text)


def _field(number: int, data: bytes) -> bytes:
    out = bytearray((number << 3 | 2,))
    size = len(data)
    while size > 127:
        out.append(size & 127 | 128)
        size >>= 7
    out.append(size)
    return bytes(out) + data
