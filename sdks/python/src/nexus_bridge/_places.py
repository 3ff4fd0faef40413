"""Where a subscription stands in each topic, so that the next session can go on there: the first position that is not settled.

It hides nothing: what came before only says that an event came before."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ._control import Position as WirePosition
from ._control import Start
from ._errors import Code, NexusError

if TYPE_CHECKING:
    from ._items import Gap, Position
    from ._options import StartAt

PLACES_MAX: Final = 1024
"""Topics of one subscription that are remembered; the others begin at their earliest after a loss."""

OPEN_MAX: Final = 10_000
"""Deliveries of one topic that wait to be settled. A router has no more of a subscription outstanding:
the oldest beyond are dead letters, or another member's."""

LATEST, EARLIEST, POSITION, AGE = 0, 1, 2, 3


class Place:
    """One topic."""

    __slots__ = ("epoch", "last", "next", "open")

    def __init__(self, epoch: int, next: int, last: int) -> None:
        self.epoch = epoch
        self.next = next
        """The first that did not come yet and was not told as missing."""
        self.last = last
        """The last that came; 0 for none."""
        self.open: dict[int, int] = {}
        """Deliveries that were not settled, by sequence."""


class Places:
    """See the head of this file."""

    __slots__ = ("_places",)

    def __init__(self) -> None:
        self._places: dict[str, Place] = {}

    def __len__(self) -> int:
        return len(self._places)

    def begin(self, topic: str, epoch: int, sequence: int) -> None:
        """The router begins the topic at `sequence`; what is known already stays."""
        place = self._places.get(topic)
        if place is None or place.epoch != epoch:
            self._set(topic, epoch, sequence)

    def came(self, topic: str, position: Position) -> bool:
        """An event came; True where one of that position, or one behind it, came before."""
        epoch, sequence = position
        place = self._places.get(topic)
        if place is None or place.epoch != epoch:
            self._set(topic, epoch, sequence + 1, sequence)
            return False
        if sequence <= place.last:
            return True
        place.last = sequence
        place.next = max(place.next, sequence + 1)
        return False

    def opened(self, topic: str, position: Position, delivery: int) -> int | None:
        """`delivery` is to be settled; gives an earlier one of the same event, which it replaces."""
        place = self._places.get(topic)
        if place is None:
            return None
        # behind all that came before it, also where it comes again
        before = place.open.pop(position.sequence, None)
        place.open[position.sequence] = delivery
        if len(place.open) > OPEN_MAX:
            del place.open[next(iter(place.open))]
        return before

    def settled(self, topic: str, position: Position) -> None:
        place = self._places.get(topic)
        if place is not None and place.epoch == position.epoch:
            place.open.pop(position.sequence, None)

    def unread(self, topic: str, position: Position) -> None:
        """It came, and goes unread with its session: it counts as if it had not."""
        place = self._places.get(topic)
        if place is not None and place.epoch == position.epoch:
            place.open.pop(position.sequence, None)
            place.next = min(place.next, position.sequence)
            place.last = min(place.last, position.sequence - 1)

    def passed(self, topic: str, gap: Gap) -> None:
        """The router told that events do not come: nobody asks for them again."""
        if gap.epoch is None or gap.first is None or gap.last is None:
            # what begins anew begins with its first, which is what an unknown topic does
            if gap.reason == "reset":
                self._places.pop(topic, None)
            return
        place = self._places.get(topic)
        if place is None or place.epoch != gap.epoch:
            self._set(topic, gap.epoch, gap.last + 1)
            return
        place.next = max(place.next, gap.last + 1)
        for sequence in [each for each in place.open if gap.first <= each <= gap.last]:
            del place.open[sequence]

    @property
    def wanted(self) -> list[WirePosition]:
        """The first that is wanted of each topic."""
        return [
            WirePosition(topic=topic, epoch=place.epoch, sequence=min((place.next, *place.open)))
            for topic, place in self._places.items()
        ]

    def _set(self, topic: str, epoch: int, next: int, last: int = 0) -> None:
        if len(self._places) < PLACES_MAX or topic in self._places:
            self._places[topic] = Place(epoch, next, last)


def reads_store(start: StartAt) -> bool:
    return start != "latest"


def is_worth_remembering(pattern: str, qos: int, start: StartAt) -> bool:
    """At QoS 0 a pattern with wildcards is not: topics that no position names begin at their
    earliest, which would bring what came at most once a second time."""
    return qos > 0 or reads_store(start) or not ("*" in pattern or ">" in pattern)


def resume_at(places: Places | None, start: StartAt, qos: int) -> Start | None:
    """The start of the next session; None where what was asked for at first is all there is."""
    if places is None:
        return None
    if places:
        return Start(kind=POSITION, positions=places.wanted)
    # no topic was there when it began: all that are there now began since
    return Start(kind=EARLIEST) if qos > 0 and not reads_store(start) else None


def start_of(start: StartAt) -> Start | None:
    """What the option says on the wire."""
    if isinstance(start, str):
        if start not in ("latest", "earliest"):
            raise NexusError(
                Code.INVALID_ARGUMENT,
                f"start is {start!r}; use 'latest', 'earliest', a timedelta (an age) or positions"
                " by topic",
            )
        return Start(kind=EARLIEST) if start == "earliest" else None
    if isinstance(start, timedelta):
        age_ms = round(start.total_seconds() * 1000)
        if age_ms < 0:
            raise NexusError(Code.INVALID_ARGUMENT, f"start is {start}; an age is not negative")
        return Start(kind=AGE, age_ms=age_ms)
    positions = [
        WirePosition(topic=topic, epoch=place.epoch, sequence=place.sequence)
        for topic, place in start.items()
    ]
    return Start(kind=POSITION, positions=positions)
