"""The order of one lane: which message leaves next, which wait for an answer, and what each answer settles.

Bookkeeping alone: it sends nothing, keeps no time and calls nobody."""

from __future__ import annotations

from bisect import bisect_left
from typing import Final, Generic, Literal, Protocol, TypeVar

from ._gen_constants import LIMITS

WINDOW_MESSAGES: Final = LIMITS["lane_window_messages"]
WINDOW_BYTES: Final = LIMITS["lane_window_bytes"]


class Entry(Protocol):
    """What a window holds."""

    @property
    def size(self) -> int:
        """What it takes of the window."""
        ...

    sequence: int
    """0 until it leaves for the first time; then its own for ever, however often it is sent again."""
    awaited: bool
    """It has left in this pass and nothing was said of it yet."""


E = TypeVar("E", bound=Entry)

Again = Literal["waits", "behind", "settled"]
"""What became of an answer that asks for a message again."""


class LaneWindow(Generic[E]):
    """See the head of this file."""

    def __init__(self, first_sequence: int = 1) -> None:
        self._entries: list[E] = []
        """Ascending by sequence; those that never left come last."""
        self._send_at = 0
        """The first that has not left in this pass."""
        self._next_sequence = first_sequence
        self._pass_began = 0
        """The sequence that this pass began with; 0 before it has."""
        self._awaited_bytes = 0
        self.size_bytes = 0
        self.awaited = 0
        """Messages that left and were not answered."""
        self.rewinding = False
        """An answer asked for messages again; nothing leaves until `rewind`."""

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def has_room(self) -> bool:
        """The last may go beyond the bytes; what is on its way never does."""
        return len(self._entries) < WINDOW_MESSAGES and self.size_bytes < WINDOW_BYTES

    @property
    def next(self) -> E | None:
        """The next to leave; None where everything has."""
        return self._entries[self._send_at] if self._send_at < len(self._entries) else None

    def add(self, entry: E) -> None:
        self._entries.append(entry)
        self.size_bytes += entry.size

    def withdraw(self, entry: E) -> bool:
        """Takes back what has no sequence yet; False where it is too late, or it is not here."""
        if entry.sequence:
            return False
        for at in range(len(self._entries) - 1, -1, -1):
            if self._entries[at] is entry:
                self._remove(at)
                return True
        return False

    def take(self) -> E | None:
        """The next to send, with its sequence; None where nothing may leave now."""
        entry = self.next
        if entry is None or self.rewinding:
            return None
        if self.awaited and self._awaited_bytes + entry.size > WINDOW_BYTES:
            return None
        self._send_at += 1
        if not entry.sequence:
            entry.sequence = self._next_sequence
            self._next_sequence += 1
        self._pass_began = self._pass_began or entry.sequence
        entry.awaited = True
        self.awaited += 1
        self._awaited_bytes += entry.size
        return entry

    def sequence_of(self, arg: int) -> int | None:
        """The sequence that an answer's 32 bits mean; None where no such message has left."""
        first = self._entries[0].sequence if self._entries else 0
        reference = first or self._next_sequence
        ahead = arg - reference & 0xFFFFFFFF
        sequence = reference + (ahead - (1 << 32) if ahead >= 1 << 31 else ahead)
        return sequence if 1 <= sequence < self._next_sequence else None

    def held(self, sequence: int) -> list[E]:
        """Everything up to `sequence` that was not answered otherwise is settled, and given in order."""
        count = 0
        for entry in self._entries:
            if not entry.awaited or entry.sequence > sequence:
                break
            self._answered(entry)
            self.size_bytes -= entry.size
            count += 1
        held = self._entries[:count]
        del self._entries[:count]
        self._send_at -= count
        return held

    def end(self, sequence: int) -> E | None:
        """An answer for exactly `sequence` that ends it; None where it was not waited for."""
        at = self._find(sequence)
        if at is None or not self._entries[at].awaited:
            return None
        entry = self._entries[at]
        self._answered(entry)
        self._remove(at)
        return entry

    def again(self, sequence: int, *, out_of_order: bool) -> Again:
        """An answer for exactly `sequence` that asks for it again: it waits for `rewind`.

        "behind" where it is out of order although nothing of this pass went before it: the
        router misses what nobody has any more.
        """
        at = self._find(sequence)
        if at is None or not self._entries[at].awaited:
            return "settled"
        self._answered(self._entries[at])
        self.rewinding = True
        return "behind" if out_of_order and sequence == self._pass_began else "waits"

    def rewind(self) -> None:
        """Begins a new pass from the lowest that is not settled; nothing may be awaited."""
        self.rewinding = False
        self._send_at = 0
        self._pass_began = 0

    def lost(self) -> None:
        """The link is gone: what was awaited is unknown, and leaves again."""
        for entry in self._entries:
            entry.awaited = False
        self.awaited = 0
        self._awaited_bytes = 0
        self.rewind()

    def clear(self) -> list[E]:
        """Takes everything out, in order."""
        self.lost()
        entries = self._entries
        self._entries = []
        self.size_bytes = 0
        return entries

    def _answered(self, entry: E) -> None:
        entry.awaited = False
        self.awaited -= 1
        self._awaited_bytes -= entry.size

    def _remove(self, at: int) -> None:
        self.size_bytes -= self._entries.pop(at).size
        if at < self._send_at:
            self._send_at -= 1

    def _find(self, sequence: int) -> int | None:
        # those that never left stand behind all that have a sequence
        at = bisect_left(
            self._entries, sequence, key=lambda entry: entry.sequence or self._next_sequence
        )
        found = at < len(self._entries) and self._entries[at].sequence == sequence
        return at if found else None
