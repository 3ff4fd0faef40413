"""The two halves of a stream without I/O: what may be sent, and what was received. Credit is absolute throughout."""

from __future__ import annotations

from typing import Final
from zlib import crc32

from ._errors import Code, NexusError, Reason
from ._frame import END, MORE, PCRC
from ._gen_constants import LIMITS

CREDIT_MESSAGES: Final = LIMITS["stream_credit_messages"]
CREDIT_BYTES: Final = LIMITS["stream_credit_bytes"]
FRAGMENT_BYTES_MAX: Final = LIMITS["fragment_bytes"]
MESSAGE_BYTES_MAX: Final = LIMITS["message_bytes"]
PARTIAL_WINDOW_BYTES: Final = 4 * FRAGMENT_BYTES_MAX
"""How far the byte credit runs ahead while a message arrives in parts."""
U64_MAX: Final = 0xFFFFFFFFFFFFFFFF


class StreamFault(Exception):
    """What arrived breaks the stream, not the link."""

    def __init__(self, code: Code, message: str, reason: Reason | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.reason = reason


class Cut:
    """A piece of a message that may leave now."""

    __slots__ = ("crc", "flags", "index", "payload")

    def __init__(self, flags: int, index: int, payload: bytes | memoryview, crc: int) -> None:
        self.flags = flags
        self.index = index
        self.payload = payload
        self.crc = crc


class SendHalf:
    """Cuts one message after the other to fragments and credit."""

    __slots__ = (
        "_crc", "_end", "_free", "_offset", "_payload", "bytes_allowed", "bytes_sent", "ended",
        "index", "messages_allowed", "messages_sent",
    )  # fmt: skip

    def __init__(self, messages: int = CREDIT_MESSAGES, bytes_: int = CREDIT_BYTES) -> None:
        self.messages_allowed = messages
        self.bytes_allowed = bytes_
        self.messages_sent = 0
        self.bytes_sent = 0
        self.index = 0
        self.ended = False
        self._payload: memoryview | None = None
        self._offset = 0
        self._crc = 0
        self._end = False
        self._free = False

    @property
    def idle(self) -> bool:
        """No message is on its way out."""
        return self._payload is None

    def raise_credit(self, messages: int, bytes_: int) -> bool:
        """Field by field; what is not above before is ignored. Says whether anything rose."""
        rose = False
        if messages > self.messages_allowed:
            self.messages_allowed = messages
            rose = True
        if bytes_ > self.bytes_allowed:
            self.bytes_allowed = bytes_
            rose = True
        return rose

    def begin(self, payload: bytes, *, end: bool = False, opening: bool = False) -> None:
        """The next message; `opening` for the one that OPEN carries, which costs no message credit."""
        self._payload = memoryview(payload)
        self._offset = 0
        self._crc = 0
        self._end = end
        self._free = opening

    def cut(self) -> Cut | None:
        """The next piece, or None until there is credit for it (or no message)."""
        payload = self._payload
        if payload is None:
            return None
        first = self._offset == 0
        if first and not self._free and self.messages_sent >= self.messages_allowed:
            return None
        left = len(payload) - self._offset
        size = min(left, FRAGMENT_BYTES_MAX, self.bytes_allowed - self.bytes_sent)
        if left and size <= 0:
            return None
        piece = payload[self._offset : self._offset + size]
        self._crc = crc32(piece, self._crc)
        self._offset += size
        self.bytes_sent += size
        if first and not self._free:
            self.messages_sent += 1
        cut = Cut(PCRC, self.index, piece, self._crc)
        if size < left:
            cut.flags |= MORE
            return cut
        self._payload = None
        self.index += 1
        if self._end:
            self.ended = True
            cut.flags |= END
        return cut


class ReceiveHalf:
    """Joins fragments, checks index, checksum and credit, and says when to grant more."""

    __slots__ = (
        "_class", "_crc", "_parts", "_size", "bytes_consumed", "bytes_granted", "bytes_received",
        "ended", "index", "messages_granted", "messages_pulled", "messages_received",
    )  # fmt: skip

    def __init__(self) -> None:
        self.messages_granted = CREDIT_MESSAGES
        self.bytes_granted = CREDIT_BYTES
        self.messages_received = 0
        self.bytes_received = 0
        self.messages_pulled = 0
        self.bytes_consumed = 0
        self.index: int = 0
        self.ended = False
        self._parts: list[bytes] = []
        self._size = 0
        self._crc = 0
        self._class = 0

    @property
    def partial(self) -> bool:
        """A message has begun and is not whole."""
        return self._size > 0

    def accept(
        self,
        flags: int,
        class_: int,
        index: int,
        crc: int,
        payload: bytes,
        *,
        opening: bool = False,
    ) -> bytes | None:
        """A whole message, or None for a fragment or a half-close; `ended` follows END."""
        size = len(payload)
        if index != self.index:
            raise StreamFault(Code.DATA_LOSS, f"message {index} came instead of {self.index}")
        if not (size or flags & PCRC):
            if self._size:
                raise StreamFault(Code.DATA_LOSS, "the stream ended inside a message")
            self.ended = True
            return None
        self._admit(flags, class_, size, opening)
        self._crc = crc32(payload, self._crc)
        if self._crc != crc:
            raise StreamFault(
                Code.DATA_LOSS, "the checksum of a message is wrong", Reason.PAYLOAD_CRC
            )
        if flags & MORE:
            self._parts.append(payload)
            self._size += size
            self.bytes_consumed += size
            return None
        if self._parts:
            self._parts.append(payload)
            self.bytes_consumed -= self._size
            payload = b"".join(self._parts)
            self._parts.clear()
            self._size = 0
        self._crc = 0
        self.index += 1
        if flags & END:
            self.ended = True
        return payload

    def _admit(self, flags: int, class_: int, size: int, opening: bool) -> None:
        if flags & MORE and (flags & END or not size):
            raise StreamFault(Code.DATA_LOSS, "a fragment is empty or both last and not last")
        if self._size:
            if class_ != self._class or not size:
                raise StreamFault(Code.DATA_LOSS, "a fragment does not fit those before it")
        else:
            self._class = class_
            if not opening:
                self.messages_received += 1
        self.bytes_received += size
        if (
            self.bytes_received > self.bytes_granted
            or self.messages_received > self.messages_granted
        ):
            raise StreamFault(Code.RESOURCE_EXHAUSTED, "more was sent than credit allows")
        if self._size + size > MESSAGE_BYTES_MAX:
            raise StreamFault(
                Code.RESOURCE_EXHAUSTED,
                f"a message is larger than {MESSAGE_BYTES_MAX} bytes",
                Reason.TOO_LARGE,
            )

    def pull(self, size: int, *, opening: bool = False) -> None:
        """The application took a message of `size` bytes."""
        if not opening:
            self.messages_pulled += 1
        self.bytes_consumed += size

    def credit(self) -> tuple[int, int] | None:
        """What to grant now, absolute; None while it is not worth a frame."""
        if self.ended:
            return None
        messages = self.messages_pulled + CREDIT_MESSAGES
        window = PARTIAL_WINDOW_BYTES if self._size else CREDIT_BYTES
        bytes_ = self.bytes_consumed + window
        due = messages - self.messages_granted >= CREDIT_MESSAGES // 2
        if not due and bytes_ - self.bytes_granted < window // 2:
            return None
        self.messages_granted = max(messages, self.messages_granted)
        self.bytes_granted = max(bytes_, self.bytes_granted)
        return self.messages_granted, self.bytes_granted


def too_large(size: int) -> NexusError:
    """The refusal of a message before any byte of it is sent."""
    return NexusError(
        Code.INVALID_ARGUMENT,
        f"a message of {size} bytes; at most {MESSAGE_BYTES_MAX} are allowed",
        reason=Reason.TOO_LARGE,
        not_executed=True,
    )
