"""Where a subscription goes on after a lost link."""

from __future__ import annotations

from nexus_bridge import Position
from nexus_bridge._places import OPEN_MAX, Places


def test_it_goes_back_for_what_is_not_settled() -> None:
    places = Places()
    for sequence in (1, 2, 3):
        places.came("t", Position(1, sequence))
        places.opened("t", Position(1, sequence), sequence)
    places.settled("t", Position(1, 2))
    assert [place.sequence for place in places.wanted] == [1]
    places.settled("t", Position(1, 1))
    assert [place.sequence for place in places.wanted] == [3]


def test_it_keeps_no_more_open_than_a_router_has_outstanding() -> None:
    places = Places()
    for sequence in range(1, OPEN_MAX + 11):
        places.came("t", Position(1, sequence))
        places.opened("t", Position(1, sequence), sequence)
    assert [place.sequence for place in places.wanted] == [11]
