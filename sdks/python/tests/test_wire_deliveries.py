"""QoS 1 subscribing against a scripted router: answers, positions, and going on where a lost link ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from struct import pack, unpack
from typing import Any

import pytest
from peer import Frame, Peer, Script, linked, raw
from say import RoomTopic, SureTopic, Text

import nexus_bridge as nexus
from nexus_bridge import _frame as f
from nexus_bridge._control import Position, Subscribe, Subscribed, decode, encode
from nexus_bridge._frame import frame
from nexus_bridge._meta import ATTEMPT, POSITION, name_meta, tag

QOS_1 = 4 << 5 | 1 << 3
ACK, NACK, PROGRESS, TERM = 0, 1, 2, 3


class Reading:
    """A subscription of QoS 1 and the router that serves it."""

    def __init__(self, peer: Peer, script: Script, items: nexus.Subscription[Text]) -> None:
        self.peer = peer
        self.script = script
        self.items = items
        self.id = 0
        self.delivery = 0

    async def granted(self, *positions: Position) -> Subscribe:
        asked = await self.peer.next(f.SUBSCRIBE)
        self.id = asked.stream
        self.delivery = 0
        answer = encode(Subscribed(qos=1, positions=list(positions)))
        self.peer.send(frame(f.SUBSCRIBED, 0, self.id, payload=answer))
        return decode(Subscribe, asked.payload)

    def event(self, at: int, *, flags: int = 0, attempt: int = 0, crc: int | None = None) -> None:
        self.delivery += 1
        tags = tag(POSITION, pack(">IQ", 5, at))
        if attempt:
            tags += tag(ATTEMPT, bytes((attempt,)))
        self.peer.send(
            frame(f.EVENT, flags, self.id, arg=self.delivery, meta=name_meta("sure", tags),
                  payload=f"|{at}".encode(), crc=crc, class_=QOS_1)
        )  # fmt: skip

    async def next(self) -> nexus.Event[Text]:
        item = await anext(self.items)
        assert isinstance(item, nexus.Event)
        return item

    async def answer(self) -> tuple[int, int, bool]:
        """Kind, delivery, and whether it speaks for all before."""
        told = await self.peer.next(f.EVACK)
        assert told.stream == self.id
        return told.payload[0], told.arg, bool(told.flags & f.END)


@asynccontextmanager
async def reading(**options: Any) -> AsyncGenerator[Reading]:
    async with linked() as (link, peer, script):
        items = link.subscribe(SureTopic, **options)
        entering = asyncio.create_task(items.__aenter__())
        read = Reading(peer, script, items)
        await read.granted(Position(topic="sure", epoch=5, sequence=1))
        await entering
        yield read


async def test_asking_for_the_next_acknowledges_and_answers_are_merged() -> None:
    async with reading() as read:
        for at in (1, 2, 3):
            read.event(at)
        first = await read.next()
        assert (first.position, first.delivery, first.attempt) == (nexus.Position(5, 1), 1, 1)
        await read.next()
        await read.next()
        assert await read.answer() == (ACK, 2, True)
        await read.items.__aexit__(None, None, None)
        assert await read.answer() == (NACK, 3, False)


async def test_leaving_gives_back_what_is_at_hand_and_what_was_not_read() -> None:
    async with reading() as read:
        read.event(1)
        read.event(2)
        await read.next()
        read.peer.send(raw(f.PING, payload=b"8" * 8))
        await read.peer.next(f.PONG)  # the second has come, too
        await read.items.__aexit__(None, None, None)
        assert (await read.peer.next()).type == f.UNSUBSCRIBE
        assert [await read.answer(), await read.answer()] == [(NACK, 1, False), (NACK, 2, False)]


async def test_the_four_answers_of_a_manual_reader() -> None:
    async with reading(ack="manual") as read:
        for at in range(1, 6):
            read.event(at)
        events = [await read.next() for _ in range(5)]
        events[1].nack(delay=1.5)
        told = await read.peer.next(f.EVACK)
        assert (told.arg, unpack(">BI", told.payload)) == (2, (NACK, 1500))
        events[2].extend()
        assert await read.answer() == (PROGRESS, 3, False)
        events[2].reject()
        assert await read.answer() == (TERM, 3, False)
        events[2].ack()  # the first word counts
        events[3].ack()
        events[0].ack()
        assert await read.answer() == (ACK, 4, True)
        with pytest.raises(nexus.NexusError, match="delay"):
            events[4].nack(delay=-1)


async def test_what_cannot_be_decoded_is_a_gap_and_never_comes_again() -> None:
    async with reading() as read:
        read.delivery = 1
        read.peer.send(
            frame(f.EVENT, 0, read.id, arg=1, payload=b"no bar", class_=QOS_1,
                  meta=name_meta("sure", tag(POSITION, pack(">IQ", 5, 9))))
        )  # fmt: skip
        assert await read.answer() == (TERM, 1, False)  # whether anybody reads or not
        gap = await anext(read.items)
        assert gap == nexus.Gap(topic="sure", count=1, reason="invalid", epoch=5, first=9, last=9)


async def test_numbering_that_begins_anew_brings_nothing_again() -> None:
    async with reading() as read:
        payload = pack(">IQQIB", 5, 1, 1, 0, 6)
        read.peer.send(frame(f.GAP, 0, read.id, meta=name_meta("sure"), payload=payload))
        read.event(1)
        gap = await anext(read.items)
        assert isinstance(gap, nexus.Gap)
        assert (gap.reason, (await read.next()).redelivered) == ("reset", False)


async def test_what_was_damaged_on_its_way_comes_again() -> None:
    async with reading() as read:
        read.event(1, crc=1)
        assert await read.answer() == (NACK, 1, False)
        read.event(1, flags=f.DUP, attempt=2)
        event = await read.next()
        assert (event.value.text, event.redelivered, event.attempt) == ("1", True, 2)


async def test_after_a_lost_link_it_goes_on_with_the_first_that_is_not_settled() -> None:
    async with reading(ack="manual") as read:
        for at in (1, 2, 3):
            read.event(at)
        first, second = await read.next(), await read.next()
        first.ack()
        assert await read.answer() == (ACK, 1, False)
        read.peer.close()
        read.peer = await read.script.welcomed()
        asked = await read.granted()
        assert asked.start is not None
        assert asked.start.kind == 2
        assert [(each.topic, each.epoch, each.sequence) for each in asked.start.positions] == [
            ("sure", 5, 2)
        ]
        read.event(2)
        read.event(3)
        second.ack()  # of the lost link: only remembered
        again, third = await read.next(), await read.next()
        assert [again.redelivered, third.redelivered] == [True, False]
        assert [again.delivery, third.delivery] == [1, 2]


async def test_a_gap_with_positions_is_not_asked_for_again() -> None:
    async with reading() as read:
        payload = pack(">IQQIB", 5, 1, 4, 4, 2)
        read.peer.send(frame(f.GAP, 0, read.id, meta=name_meta("sure"), payload=payload))
        gap = await anext(read.items)
        assert isinstance(gap, nexus.Gap)
        assert (gap.first, gap.last, gap.count, gap.reason) == (1, 4, 4, "retention")
        read.peer.close()
        read.peer = await read.script.welcomed()
        asked = await read.granted()
        assert asked.start is not None
        assert asked.start.positions[0].sequence == 5


async def test_a_newer_attachment_ends_the_older() -> None:
    async with reading(consumer="c") as read:
        read.peer.send(frame(f.UNSUBSCRIBED, 0, read.id, arg=10 | 15 << 8))
        with pytest.raises(nexus.NexusError) as caught:
            await anext(read.items)
        assert caught.value.reason is nexus.Reason.TAKEN_OVER


async def test_a_jump_is_never_acknowledged_for_others() -> None:
    async with reading() as read:
        read.delivery = 1
        read.event(2)
        read.event(3)
        gap = await anext(read.items)
        assert isinstance(gap, nexus.Gap)
        assert (gap.count, gap.reason) == (1, "unreported")
        await read.next()
        await read.next()
        assert await read.answer() == (ACK, 2, False)


async def test_options_are_told_to_the_router() -> None:
    async with linked() as (link, peer, _):
        items = link.subscribe(
            SureTopic, start=timedelta(minutes=5), ack_wait=1.5, max_unacked=7, consumer="c",
            expiry=60, slow="block", retained="never", ordering="key", attributes=True, priority=2,
        )  # fmt: skip
        entering = asyncio.create_task(items.__aenter__())
        asked: Frame = await peer.next(f.SUBSCRIBE)
        told = decode(Subscribe, asked.payload)
        assert told.start is not None
        assert (told.start.kind, told.start.age_ms) == (3, 300_000)
        assert (told.ack_wait_ms, told.max_unacked, told.expiry_ms) == (1500, 7, 60_000)
        assert (told.consumer, told.slow, told.retained, told.ordering) == ("c", 5, 2, 1)
        assert told.attributes
        assert told.fingerprint == Text.__nexus_fingerprint__
        entering.cancel()


@pytest.mark.parametrize(
    "options",
    [
        {"credit": 0},
        {"ack_wait": 0.01},
        {"max_unacked": 10_001},
        {"expiry": 1},
        {"group": "g", "consumer": "c"},
        {"start": "first"},
        {"slow": "never"},
        {"qos": 0, "ack": "manual"},
        {"qos": 0, "slow": "block"},
        {"priority": 0},
    ],
)
async def test_options_that_do_not_fit_are_refused_at_once(options: dict[str, Any]) -> None:
    async with linked() as (link, _, _):
        with pytest.raises(nexus.NexusError) as caught:
            link.subscribe(SureTopic, **options)
        assert caught.value.code is nexus.Code.INVALID_ARGUMENT


async def test_at_qos_0_a_single_topic_resumes_by_its_position_too() -> None:
    async with linked() as (link, peer, script):
        pattern = RoomTopic.with_fields(room="r")
        items = link.subscribe(pattern)
        entering = asyncio.create_task(items.__aenter__())
        id = (await peer.next(f.SUBSCRIBE)).stream
        peer.send(frame(f.SUBSCRIBED, 0, id))
        await entering
        meta = name_meta("rooms.r.said", tag(POSITION, pack(">IQ", 9, 41)))
        peer.send(frame(f.EVENT, 0, id, arg=1, meta=meta, payload=b"r|x"))
        await anext(items)
        peer.close()
        later = await script.welcomed()
        asked = decode(Subscribe, (await later.next(f.SUBSCRIBE)).payload)
        assert asked.start is not None
        assert (asked.start.kind, asked.start.positions[0].sequence) == (2, 42)
