"""Frames of the wire: types, flags, the 32-byte header, and a decoder that takes any split. Knows no stream."""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Final, TypeAlias
from zlib import crc32

from ._gen_constants import LIMITS, LinkCode

PREFACE: Final = bytes.fromhex("894e58530d0a1a0a")
HEADER_BYTES: Final = 32
VERSION: Final = 0x10
PRIORITY_DEFAULT: Final = 4
CLASS_DEFAULT: Final = PRIORITY_DEFAULT << 5
HOPS: Final = 16

FRAME_BYTES_MAX: Final = LIMITS["frame_bytes"]
FRAME_BYTES_BEFORE_WELCOME: Final = LIMITS["frame_bytes_before_welcome"]
META_BYTES_MAX: Final = LIMITS["meta_bytes"]

HELLO, WELCOME, AUTH, PING, PONG, GOAWAY, ERROR, ALIAS, CLOSE = 1, 2, 3, 4, 5, 6, 7, 8, 0x0B
OPEN, DATA, STATUS, CANCEL, CREDIT, HEADERS = 0x10, 0x11, 0x12, 0x13, 0x14, 0x15
SUBSCRIBE, SUBSCRIBED, UNSUBSCRIBE, UNSUBSCRIBED = 0x20, 0x21, 0x22, 0x23
PUBLISH, PUBACK, EVENT, EVACK, EVACKED, GAP, REPLAY = 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2A
REGISTER, REGISTERED, UNREGISTER, UNREGISTERED = 0x30, 0x31, 0x32, 0x33

TO_STREAMS: Final = frozenset(
    (STATUS, CANCEL, CREDIT, HEADERS, SUBSCRIBED, UNSUBSCRIBED, PUBACK, EVENT, EVACKED, GAP,
     REGISTERED, UNREGISTERED)
)  # fmt: skip
"""What a router sends on a stream, beside OPEN and DATA."""

WITHOUT_CLASS: Final = frozenset((CREDIT, CANCEL, EVACK))
"""They may overtake the frames of their stream, whose priority they do not have."""

END, MORE, PCRC, RETAIN, DUP, TRACE = 1, 2, 4, 16, 32, 64
EXPRESS, NOEXEC, JSON, SKIP = 128, 256, 512, 0x8000
RESERVED_FLAGS: Final = 0x7C08

_HEAD = Struct(">IBBHHBBIIII")
_HEADER = Struct(">IBBHHBBIIIII")
_U32 = Struct(">I")
U64_PAIR = Struct(">QQ")

_pack_head = _HEAD.pack
_pack_u32 = _U32.pack


class LinkFault(Exception):
    """The peer broke a rule that ends the link; `code` is what ERROR tells it."""

    def __init__(self, code: LinkCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def frame(
    type: int,
    flags: int,
    stream: int,
    *,
    route: int = 0,
    arg: int = 0,
    meta: bytes = b"",
    payload: bytes | memoryview = b"",
    crc: int | None = None,
    class_: int = CLASS_DEFAULT,
) -> bytes:
    """One frame. `meta` has its CRC already; `crc` of the payload is computed unless it is given."""
    hops = HOPS
    if type < OPEN:
        class_ = 0
        hops = 1
    elif type in WITHOUT_CLASS:
        class_ = 0
    if type >= GOAWAY and (payload or crc is not None):
        flags |= PCRC
        crc = crc32(payload) if crc is None else crc
    head = _pack_head(
        len(meta) + len(payload), VERSION, type, flags, len(meta), class_, hops, stream, route,
        arg, crc or 0,
    )  # fmt: skip
    return b"".join((head, _pack_u32(crc32(head)), meta, payload))


def message_frame(
    type: int, flags: int, stream: int, route: int, arg: int, payload: bytes
) -> bytes:
    """The frame of a whole message without meta at default priority: what most frames are."""
    head = _pack_head(
        len(payload), VERSION, type, flags | PCRC, 0, CLASS_DEFAULT, HOPS, stream, route, arg,
        crc32(payload),
    )  # fmt: skip
    return head + _pack_u32(crc32(head)) + payload


def check_marked(flags: int, crc: int, payload: bytes) -> None:
    """A payload says that it has a checksum."""
    if not flags & PCRC and (payload or crc):
        raise LinkFault(LinkCode.PROTOCOL_ERROR, "a payload without its checksum")


def check_crc(crc: int, payload: bytes) -> None:
    """A damaged control payload ends the link."""
    if crc32(payload) != crc:
        raise LinkFault(LinkCode.PROTOCOL_ERROR, "the checksum of a payload is wrong")


Receive: TypeAlias = Callable[[int, int, int, int, int, int, int, bytes, bytes], None]
"""type, flags, class, stream, route, arg, payloadCrc, meta, payload"""


class FrameDecoder:
    """Cuts bytes into frames. Header CRC, version and lengths are checked before anything is kept."""

    __slots__ = ("_have", "_need", "_parts", "_receive", "bytes_max")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._parts: list[bytes] = []
        self._have = 0
        self._need = HEADER_BYTES
        self.bytes_max = FRAME_BYTES_MAX

    @property
    def waiting(self) -> bool:
        """A frame has begun and is not whole yet."""
        return self._have > 0

    def feed(self, data: bytes) -> None:
        """Hands every whole frame to `receive`; raises `LinkFault` where framing is lost."""
        if self._have:
            self._parts.append(data)
            self._have += len(data)
            if self._have < self._need:
                return
            data = b"".join(self._parts)
            self._parts.clear()
            self._have = 0
        position = self._cut(data)
        left = len(data) - position
        if left:
            self._parts.append(data[position:] if position else data)
            self._have = left

    def _cut(self, data: bytes) -> int:
        position = 0
        size = len(data)
        receive = self._receive
        unpack = _HEADER.unpack_from
        while size - position >= HEADER_BYTES:
            (
                length, version, type, flags, meta_length, class_, _, stream, route, arg, crc,
                header_crc,
            ) = unpack(data, position)  # fmt: skip
            body = position + HEADER_BYTES
            if crc32(data[position : body - 4]) != header_crc:
                raise LinkFault(LinkCode.HEADER_CRC, "the checksum of a header is wrong")
            end = body + length
            if version >> 4 != 1 or length > self.bytes_max or meta_length:
                self._check(version, length, meta_length)
            if end > size:
                self._need = HEADER_BYTES + length
                return position
            meta_end = body + meta_length
            receive(
                type, flags, class_, stream, route, arg, crc, data[body:meta_end],
                data[meta_end:end],
            )  # fmt: skip
            position = end
        self._need = HEADER_BYTES
        return position

    def _check(self, version: int, length: int, meta_length: int) -> None:
        if version >> 4 != 1:
            raise LinkFault(LinkCode.UNSUPPORTED_VERSION, "this peer speaks version 1 only")
        if meta_length > length or meta_length > META_BYTES_MAX or 0 < meta_length < 4:
            raise LinkFault(LinkCode.PROTOCOL_ERROR, f"a meta block of {meta_length} bytes")
        allowed = self.bytes_max
        if allowed == FRAME_BYTES_MAX:
            allowed += meta_length
        if length > allowed:
            raise LinkFault(
                LinkCode.FRAME_TOO_LARGE, f"a frame of {length} bytes; {allowed} are allowed"
            )
