"""The order of a lane alone: what leaves, what an answer settles, and what is sent again."""

from __future__ import annotations

from nexus_bridge._lane_window import WINDOW_BYTES, WINDOW_MESSAGES, LaneWindow


class Item:
    def __init__(self, size: int = 1) -> None:
        self.size = size
        self.sequence = 0
        self.awaited = False


def filled(count: int, first: int = 1) -> tuple[LaneWindow[Item], list[Item]]:
    window: LaneWindow[Item] = LaneWindow(first)
    items = [Item() for _ in range(count)]
    for item in items:
        window.add(item)
    return window, items


def sent(window: LaneWindow[Item]) -> list[int]:
    sequences: list[int] = []
    while (item := window.take()) is not None:
        sequences.append(item.sequence)
    return sequences


def test_an_answer_is_cumulative_and_leaves_what_was_asked_for_again() -> None:
    window, items = filled(5)
    assert sent(window) == [1, 2, 3, 4, 5]
    assert window.held(2) == items[:2]
    assert window.again(3, out_of_order=False) == "waits"
    assert window.held(5) == []  # 3 stands before them
    assert window.end(4) is items[3]
    assert window.take() is None
    assert window.end(5) is items[4]
    assert window.awaited == 0
    window.rewind()
    assert sent(window) == [3]
    assert window.held(3) == [items[2]]
    assert len(window) == 0 and window.size_bytes == 0


def test_out_of_order_at_the_head_of_a_pass_means_that_the_router_is_behind() -> None:
    window, _ = filled(3)
    sent(window)
    assert window.again(1, out_of_order=True) == "behind"
    assert window.again(2, out_of_order=True) == "waits"
    assert window.again(2, out_of_order=True) == "settled"


def test_a_lost_link_sends_again_under_the_same_sequences() -> None:
    window, _ = filled(3)
    assert sent(window) == [1, 2, 3]
    window.held(1)
    window.lost()
    window.add(Item())
    assert sent(window) == [2, 3, 4]


def test_what_has_no_sequence_can_be_taken_back() -> None:
    window, items = filled(2)
    assert window.take() is items[0]
    assert not window.withdraw(items[0])
    assert window.withdraw(items[1])
    assert not window.withdraw(items[1])
    assert len(window) == 1


def test_sequences_are_told_apart_by_their_low_half() -> None:
    start = (1 << 32) - 2
    window, _ = filled(5, first=start)
    sent(window)
    assert [window.sequence_of(each & 0xFFFFFFFF) for each in range(start, start + 5)] == list(
        range(start, start + 5)
    )
    assert window.sequence_of(start + 5 & 0xFFFFFFFF) is None


def test_the_window_is_bounded_by_messages_and_by_bytes_on_their_way() -> None:
    window, _ = filled(WINDOW_MESSAGES)
    assert not window.has_room
    window = LaneWindow[Item]()
    for _ in range(3):
        window.add(Item(WINDOW_BYTES // 2 + 1))
    assert not window.has_room
    assert sent(window) == [1]
    window.held(1)
    assert sent(window) == [2]
