"""Payloads of the control frames, as values of this SDK."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ._errors import CodecError


@dataclass(slots=True)
class Status:
    message: str = ""
    reason: int = 0
    details: list[tuple[str, bytes]] = field(default_factory=lambda: [])


@dataclass(slots=True)
class Welcome:
    link_id: bytes
    capabilities: list[str]
    heartbeat_ms: int
    router_version: str


@dataclass(slots=True)
class GoAway:
    last_stream: int
    grace_ms: int
    reason: str


@dataclass(slots=True)
class Subscribed:
    qos: int
    retained_count: int
    message: str


def encode_hello(language: str, version: str, name: str, token: str | None) -> bytes:
    client = _join((1, name), (2, language), (3, "nexus-bridge"), (4, version))
    auth = b"" if token is None else _join((1, "token"), (2, token.encode()))
    return _join((1, 1), (2, 1), (3, client), (4, "client"), (6, auth))


def decode_welcome(data: bytes) -> Welcome:
    fields = _read(data)
    return Welcome(
        link_id=_last(fields, 3, b""),
        capabilities=[value.decode() for value in fields.get(5, [])],
        heartbeat_ms=_last(fields, 9, 0),
        router_version=_last(fields, 10, b"").decode(),
    )


def encode_welcome(link_id: bytes, heartbeat_ms: int) -> bytes:
    return _join((1, 1), (2, link_id), (3, link_id), (9, heartbeat_ms))


def encode_status(status: Status) -> bytes:
    details = [(3, _join((1, url), (2, value))) for url, value in status.details]
    return _join((1, status.message), (2, status.reason), *details)


def decode_status(data: bytes) -> Status:
    fields = _read(data)
    details: list[tuple[str, bytes]] = []
    for each in fields.get(3, []):
        detail = _read(each)
        details.append((_last(detail, 1, b"").decode(), _last(detail, 2, b"")))
    return Status(_last(fields, 1, b"").decode(), _last(fields, 2, 0), details)


def decode_goaway(data: bytes) -> GoAway:
    fields = _read(data)
    return GoAway(_last(fields, 1, 0), _last(fields, 2, 0), _last(fields, 3, b"").decode())


def encode_subscribe(
    pattern: str, *, group: str, ordering: int, qos: int, retained: int, slow: int,
    consumer: str, attributes: bool,
) -> bytes:  # fmt: skip
    return _join(
        (1, pattern), (2, group), (3, ordering), (4, qos), (6, retained), (7, slow),
        (9, consumer), (13, int(attributes)),
    )  # fmt: skip


def decode_subscribe(data: bytes) -> tuple[str, str]:
    """Pattern and group."""
    fields = _read(data)
    return _last(fields, 1, b"").decode(), _last(fields, 2, b"").decode()


def encode_subscribed(qos: int) -> bytes:
    return _join((1, qos))


def decode_subscribed(data: bytes) -> Subscribed:
    fields = _read(data)
    return Subscribed(_last(fields, 1, 0), _last(fields, 3, 0), _last(fields, 4, b"").decode())


@dataclass(slots=True)
class RegisteredMethod:
    name: str
    kind: int
    request_fingerprint: int
    response_fingerprint: int
    idempotent: bool


def encode_register(
    service: str, version: str, methods: list[RegisteredMethod], policy: int, max_in_flight: int
) -> bytes:
    entries: list[tuple[int, Any]] = []
    for method in methods:
        entry = _join((1, method.name), (2, method.kind))
        entry += b"\x19" + method.request_fingerprint.to_bytes(8, "little")
        entry += b"\x21" + method.response_fingerprint.to_bytes(8, "little")
        entries.append((3, entry + _join((5, int(method.idempotent)))))
    return _join((1, service), (2, version), *entries, (5, policy), (7, max_in_flight))


def decode_register(data: bytes) -> tuple[str, list[str]]:
    """Service and the names of its methods."""
    fields = _read(data)
    names = [_last(_read(entry), 1, b"").decode() for entry in fields.get(3, [])]
    return _last(fields, 1, b"").decode(), names


def decode_registered(data: bytes) -> str:
    return _last(_read(data), 1, b"").decode()


def encode_violations(violations: list[tuple[str, str, str]]) -> bytes:
    """`nexus.v1.ValidationFailed`: field, rule and text of each."""
    return _join(
        *((1, _join((1, field), (2, rule), (3, text))) for field, rule, text in violations)
    )


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _join(*entries: tuple[int, Any]) -> bytes:
    out = bytearray()
    for number, value in entries:
        if not value:
            continue
        if isinstance(value, int):
            out += _varint(number << 3) + _varint(value)
        else:
            data = value.encode() if isinstance(value, str) else value
            out += _varint(number << 3 | 2) + _varint(len(data)) + data
    return bytes(out)


def _last(fields: dict[int, list[Any]], number: int, default: Any) -> Any:
    return fields[number][-1] if number in fields else default


def _read(data: bytes) -> dict[int, list[Any]]:
    fields: dict[int, list[Any]] = {}
    position = 0
    try:
        while position < len(data):
            key, position = _read_varint(data, position)
            value: Any
            match key & 7:
                case 0:
                    value, position = _read_varint(data, position)
                case 1:
                    value, position = data[position : position + 8], position + 8
                case 2:
                    size, position = _read_varint(data, position)
                    value, position = data[position : position + size], position + size
                case 5:
                    value, position = data[position : position + 4], position + 4
                case _:
                    raise CodecError("a control payload has an unknown wire type")
            if position > len(data):
                raise CodecError("a control payload is cut off")
            fields.setdefault(key >> 3, []).append(value)
    except IndexError:
        raise CodecError("a control payload is cut off") from None
    return fields


def _read_varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, position
        shift += 7
        if shift > 63:
            raise CodecError("a control payload has a number of more than ten bytes")
