"""The meta block of a frame: tag, length, value, and a CRC behind them. Writing, and reading with its verdicts."""

from __future__ import annotations

from struct import Struct
from typing import Final
from zlib import crc32

from ._errors import Code, NexusError
from ._gen_constants import LIMITS
from ._metadata import EMPTY, Metadata, MetadataValue

NAME: Final = 1
TRACE_ID: Final = 2
TRACE_STATE: Final = 3
USER: Final = 5
PRODUCER: Final = 6
POSITION: Final = 7
ORDERING_KEY: Final = 8
TTL: Final = 9
FINGERPRINT: Final = 0x0B
PRINCIPAL: Final = 0x0C
IDEMPOTENCY_KEY: Final = 0x0D
ATTEMPT: Final = 0x10
INITIAL_CREDIT: Final = 0x11
INGRESS_TIME: Final = 0x12
ORIGIN: Final = 0x13
DEAD_LETTER_REASON: Final = 0x14
CORRELATION_ID: Final = 0x15
CONTENT_TYPE: Final = 0x16
CRITICAL: Final = 0x80
KNOWN: Final = frozenset(range(1, 0x17))

_SIZES: Final = {
    TRACE_ID: 25, PRODUCER: 28, POSITION: 12, TTL: 4, FINGERPRINT: 8, ATTEMPT: 1, INITIAL_CREDIT: 8,
    INGRESS_TIME: 8, ORIGIN: 8,
}  # fmt: skip
"""Exactly so many bytes."""
_SIZES_MAX: Final = {NAME: 255, ORDERING_KEY: 255, IDEMPOTENCY_KEY: 64}
_TEXTS: Final = frozenset(
    (NAME, TRACE_STATE, PRINCIPAL, DEAD_LETTER_REASON, CORRELATION_ID, CONTENT_TYPE)
)
_USER_PAIRS_MAX: Final = LIMITS["user_pairs"]
_KEY_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-")

CLIENT_META_BYTES_MAX: Final = LIMITS["client_meta_bytes"]

_U32 = Struct(">I")
_TTL = Struct(">I")
_POSITION = Struct(">IQ")
_PRODUCER = Struct(">16sIQ")
_PAIR = Struct(">II")


class MetaFault(Exception):
    """A meta block that cannot be used; `code` is the refusal that the wire asks for."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def tag(number: int, value: bytes) -> bytes:
    """One tag."""
    size = len(value)
    if size < 255:
        return bytes((number, size)) + value
    return bytes((number, 255)) + size.to_bytes(2, "big") + value


def user_tags(metadata: Metadata) -> bytes:
    """Every pair of `metadata`."""
    parts: list[bytes] = []
    for key, value in metadata:
        name = key.encode()
        data = value if isinstance(value, bytes) else value.encode()
        if len(name) + len(data) + 1 > CLIENT_META_BYTES_MAX:
            raise _too_large(len(data))
        parts.append(tag(USER, bytes((len(name),)) + name + data))
    return b"".join(parts)


def seal(tags: bytes) -> bytes:
    """The block: `tags` and their CRC, or nothing where there are none."""
    if not tags:
        return b""
    if len(tags) + 4 > CLIENT_META_BYTES_MAX:
        raise _too_large(len(tags))
    return tags + _U32.pack(crc32(tags))


def name_meta(name: str, tags: bytes = b"") -> bytes:
    """A block that begins with the name of a method or topic."""
    return seal(tag(NAME, name.encode()) + tags)


def ttl_tag(ttl_ms: int) -> bytes:
    return tag(TTL, _TTL.pack(min(ttl_ms, 0xFFFFFFFF)))


def producer_tag(producer: bytes, epoch: int, sequence: int) -> bytes:
    return tag(PRODUCER, _PRODUCER.pack(producer, epoch, sequence))


def fingerprint_tag(fingerprint: int) -> bytes:
    return tag(FINGERPRINT, fingerprint.to_bytes(8, "big"))


class Meta:
    """A block that was read. Absent tags read as None."""

    __slots__ = ("tags", "users")

    def __init__(self) -> None:
        self.tags: dict[int, bytes] = {}
        self.users: list[tuple[str, MetadataValue]] = []

    @property
    def metadata(self) -> Metadata:
        return Metadata(self.users) if self.users else EMPTY

    def text(self, number: int) -> str | None:
        value = self.tags.get(number)
        if value is None:
            return None
        try:
            return value.decode()
        except UnicodeDecodeError as error:
            raise MetaFault(Code.INVALID_ARGUMENT, f"tag {number:02X} is not UTF-8") from error

    def number(self, number: int, size: int) -> int | None:
        value = self.tags.get(number)
        return None if value is None else int.from_bytes(self._sized(number, value, size), "big")

    def position(self) -> tuple[int, int] | None:
        value = self.tags.get(POSITION)
        if value is None:
            return None
        epoch, sequence = _POSITION.unpack(self._sized(POSITION, value, 12))
        return epoch, sequence

    def initial_credit(self) -> tuple[int, int] | None:
        """Messages and bytes."""
        value = self.tags.get(INITIAL_CREDIT)
        if value is None:
            return None
        messages, kibibytes = _PAIR.unpack(self._sized(INITIAL_CREDIT, value, 8))
        return messages, kibibytes * 1024

    @staticmethod
    def _sized(number: int, value: bytes, size: int) -> bytes:
        if len(value) != size:
            raise MetaFault(Code.INVALID_ARGUMENT, f"tag {number:02X} has {len(value)} bytes")
        return value


def read_meta(block: bytes) -> Meta:
    """Raises `MetaFault`: DATA_LOSS for a wrong CRC, INVALID_ARGUMENT for a broken structure."""
    meta = Meta()
    end = len(block) - 4
    if end < 0:
        return meta
    if crc32(block[:end]) != int.from_bytes(block[end:], "big"):
        raise MetaFault(Code.DATA_LOSS, "the checksum of a meta block is wrong")
    position = 0
    while position < end:
        if position + 2 > end:
            raise _malformed("a tag is cut off")
        identity = block[position] & 0x7F
        critical = block[position] & CRITICAL
        size = block[position + 1]
        position += 2
        if size == 255:
            size = int.from_bytes(block[position : position + 2], "big")
            position += 2
            if size < 255:
                raise _malformed("a long form for a short value")
        if position + size > end:
            raise _malformed("a value is cut off")
        _keep(meta, identity, block[position : position + size], bool(critical))
        position += size
    return meta


def _keep(meta: Meta, identity: int, value: bytes, critical: bool) -> None:
    if identity == USER:
        if len(meta.users) == _USER_PAIRS_MAX:
            raise _malformed(f"more than {_USER_PAIRS_MAX} user pairs")
        meta.users.append(_user_pair(value))
        return
    if critical and identity not in KNOWN:
        raise MetaFault(Code.UNIMPLEMENTED, f"critical tag {identity:02X} is unknown")
    if identity in meta.tags:
        raise _malformed(f"tag {identity:02X} stands twice")
    _check(identity, value)
    meta.tags[identity] = value


def _check(identity: int, value: bytes) -> None:
    """Every value as its reader would need it, also of tags that nobody asks for here."""
    exactly = _SIZES.get(identity, len(value))
    at_most = _SIZES_MAX.get(identity, len(value))
    if len(value) != exactly or len(value) > at_most:
        raise _malformed(f"tag {identity:02X} has {len(value)} bytes")
    if identity in _TEXTS:
        try:
            value.decode()
        except UnicodeDecodeError as error:
            raise _malformed(f"tag {identity:02X} is not UTF-8") from error


def _user_pair(value: bytes) -> tuple[str, MetadataValue]:
    size = value[0] if value else 0
    if not size or 1 + size > len(value):
        raise _malformed("a user pair is cut off")
    try:
        key = value[1 : 1 + size].decode("ascii")
        if not _KEY_LETTERS.issuperset(key):
            raise _malformed("a user key has other letters than [a-z0-9._-]")
        data = value[1 + size :]
        return key, data if key.endswith("-bin") else data.decode()
    except UnicodeDecodeError as error:
        raise _malformed("a user pair is not text") from error


def _malformed(message: str) -> MetaFault:
    return MetaFault(Code.INVALID_ARGUMENT, message)


def _too_large(size: int) -> NexusError:
    return NexusError(
        Code.INVALID_ARGUMENT,
        f"metadata of {size} bytes; at most {CLIENT_META_BYTES_MAX} are allowed in all",
    )
