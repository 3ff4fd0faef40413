"""Credit, fragments and message indices without I/O: tables for what breaks a stream, properties for what holds."""

from __future__ import annotations

from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexus_bridge import Code
from nexus_bridge._frame import CLASS_DEFAULT, END, MORE, PCRC
from nexus_bridge._halves import (
    CREDIT_BYTES,
    CREDIT_MESSAGES,
    FRAGMENT_BYTES_MAX,
    Cut,
    ReceiveHalf,
    SendHalf,
    StreamFault,
)

C = CLASS_DEFAULT


def accept(half: ReceiveHalf, cut: Cut, *, opening: bool = False) -> bytes | None:
    return half.accept(cut.flags, C, cut.index, cut.crc, bytes(cut.payload), opening=opening)


def test_a_message_that_fits_is_one_frame() -> None:
    half = SendHalf()
    half.begin(b"hello", end=True)
    cut = half.cut()
    assert cut is not None
    assert (cut.flags, cut.index, bytes(cut.payload), cut.crc) == (
        PCRC | END, 0, b"hello", crc32(b"hello"),
    )  # fmt: skip
    assert half.idle
    assert half.ended


def test_fragments_have_a_running_checksum_and_one_index() -> None:
    half = SendHalf(bytes_=1 << 30)
    data = bytes(n % 251 for n in range(600_000))
    half.begin(data)
    cuts: list[Cut] = []
    while (cut := half.cut()) is not None:
        cuts.append(cut)
    assert [len(cut.payload) for cut in cuts] == [FRAGMENT_BYTES_MAX, FRAGMENT_BYTES_MAX, 75712]
    assert [bool(cut.flags & MORE) for cut in cuts] == [True, True, False]
    assert {cut.index for cut in cuts} == {0}
    assert cuts[1].crc == crc32(data[: 2 * FRAGMENT_BYTES_MAX])
    assert cuts[2].crc == crc32(data)


def test_nothing_leaves_without_credit() -> None:
    half = SendHalf(messages=1, bytes_=4)
    half.begin(b"abcdef")
    first = half.cut()
    assert first is not None
    assert bytes(first.payload) == b"abcd"
    assert half.cut() is None
    assert not half.raise_credit(1, 4)
    assert half.raise_credit(0, 6)
    rest = half.cut()
    assert rest is not None
    assert bytes(rest.payload) == b"ef"
    half.begin(b"")
    assert half.cut() is None  # an empty message costs a message
    assert half.raise_credit(2, 0)
    assert half.cut() is not None


def test_the_opening_message_costs_bytes_but_no_message() -> None:
    half = SendHalf(messages=0, bytes_=2)
    half.begin(b"ab", opening=True)
    assert half.cut() is not None
    half.begin(b"")
    assert half.cut() is None


HELLO = crc32(b"hello")


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([(PCRC, 1, HELLO, b"hello")], Code.DATA_LOSS),  # a wrong index
        ([(PCRC, 0, HELLO + 1, b"hello")], Code.DATA_LOSS),  # a wrong checksum
        ([(PCRC | MORE | END, 0, HELLO, b"hello")], Code.DATA_LOSS),
        ([(PCRC | MORE, 0, 0, b"")], Code.DATA_LOSS),  # an empty fragment
        ([(PCRC | MORE, 0, HELLO, b"hello"), (END, 0, 0, b"")], Code.DATA_LOSS),
        ([(PCRC | MORE, 0, HELLO, b"hello"), (PCRC, 1, HELLO, b"hello")], Code.DATA_LOSS),
        ([(PCRC | MORE, 0, HELLO, b"hello"), (PCRC, 0, HELLO, b"hello")], Code.DATA_LOSS),
        ([(PCRC, n, 0, b"") for n in range(CREDIT_MESSAGES + 1)], Code.RESOURCE_EXHAUSTED),
        (
            [(PCRC, 0, crc32(bytes(CREDIT_BYTES + 1)), bytes(CREDIT_BYTES + 1))],
            Code.RESOURCE_EXHAUSTED,
        ),
    ],
)
def test_what_breaks_a_stream(frames: list[tuple[int, int, int, bytes]], code: Code) -> None:
    half = ReceiveHalf()
    for flags, index, crc, payload in frames[:-1]:
        half.accept(flags, C, index, crc, payload)
    flags, index, crc, payload = frames[-1]
    with pytest.raises(StreamFault) as caught:
        half.accept(flags, C, index, crc, payload)
    assert caught.value.code is code


def test_a_half_close_is_no_message_and_an_empty_message_is_one() -> None:
    half = ReceiveHalf()
    assert half.accept(PCRC, C, 0, 0, b"") == b""
    assert half.accept(END, C, 1, 0, b"") is None
    assert half.ended


def test_another_class_inside_a_chain_breaks_it() -> None:
    half = ReceiveHalf()
    half.accept(PCRC | MORE, C, 0, crc32(b"a"), b"a")
    with pytest.raises(StreamFault):
        half.accept(PCRC, 0x20, 0, crc32(b"ab"), b"b")


@settings(max_examples=200)
@given(
    st.lists(st.integers(0, 400_000), max_size=60),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_every_message_arrives_within_credit_whatever_the_reader_does(
    sizes: list[int], opening: bool, random: object
) -> None:
    """Sender and receiver joined: both keep credit strictly, and no order of pulls can block them."""
    sender = SendHalf()
    receiver = ReceiveHalf()
    data = bytes(400_000)
    waiting: list[tuple[int, bool]] = []
    pulled: list[int] = []
    to_send = list(sizes)
    first = current_opening = opening
    for _ in range(100_000):
        if sender.idle and to_send:
            sender.begin(data[: to_send.pop(0)], opening=first)
            current_opening, first = first, False
        cut = sender.cut()
        if cut is not None:
            assert sender.bytes_sent <= receiver.bytes_granted
            message = accept(receiver, cut, opening=current_opening)
            if message is not None:
                waiting.append((len(message), current_opening))
        elif waiting:
            size, was_opening = waiting.pop(0)
            receiver.pull(size, opening=was_opening)
            pulled.append(size)
        elif sender.idle and not to_send:
            break
        credit = receiver.credit()
        if credit is not None:
            sender.raise_credit(*credit)
    assert pulled == sizes
    assert sender.bytes_sent == sum(sizes) == receiver.bytes_consumed


@given(st.lists(st.tuples(st.integers(0, 1 << 64), st.integers(0, 1 << 64)), max_size=30))
def test_credit_only_rises(grants: list[tuple[int, int]]) -> None:
    half = SendHalf()
    best = (half.messages_allowed, half.bytes_allowed)
    for messages, bytes_ in grants:
        half.raise_credit(messages, bytes_)
        best = (max(best[0], messages), max(best[1], bytes_))
        assert (half.messages_allowed, half.bytes_allowed) == best
