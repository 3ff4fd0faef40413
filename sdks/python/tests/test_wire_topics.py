"""Topics against a scripted router: aliases, refusals, acknowledgements, and every loss told."""

from __future__ import annotations

import asyncio
from struct import pack

import pytest
from peer import connected, linked, raw, scripted
from say import RoomTopic, Text

import nexus_bridge as nexus
from nexus_bridge import Code
from nexus_bridge import _frame as f
from nexus_bridge._control import Subscribed
from nexus_bridge._errors import LinkCode, Reason
from nexus_bridge._frame import frame
from nexus_bridge._item_queue import GAPS_MAX, ItemQueue
from nexus_bridge._message import encode
from nexus_bridge._meta import FINGERPRINT, name_meta, read_meta


async def test_aliases_are_bound_before_their_first_use_and_once() -> None:
    async with linked() as (link, peer, _):
        for n in range(2):
            await link.publish(RoomTopic, Text(room="r", text=str(n)))
        alias, first, second = await peer.next(), await peer.next(), await peer.next()
        assert [alias.type, first.type, second.type] == [f.ALIAS, f.PUBLISH, f.PUBLISH]
        assert read_meta(alias.meta).text(1) == "rooms.r.said"
        assert alias.route == first.route == second.route == 1
        assert read_meta(first.meta).tags == {FINGERPRINT: (7).to_bytes(8, "big")}
        assert (first.stream, second.stream, second.meta) == (0, 0, b"")


async def test_a_refused_publish_is_told_as_a_diagnostic() -> None:
    told: asyncio.Queue[nexus.Diagnostic] = asyncio.Queue()
    async with scripted() as script:
        connecting = asyncio.create_task(connected(script.url, on_diagnostic=told.put_nowait))
        peer = await script.welcomed()
        link = await connecting
        await link.publish(RoomTopic, Text(room="r"))
        published = await peer.next(f.PUBLISH)
        peer.send(frame(f.PUBACK, 0, 0, route=published.route, payload=b"\x07\x07" + bytes(12)))
        while (diagnostic := await told.get()).kind != "refused":
            pass
        assert diagnostic.code is Code.PERMISSION_DENIED
        assert "rooms.r.said" in (diagnostic.reason or "")
        await link.close()


async def test_jumps_gaps_and_damage_of_a_subscription_are_all_visible() -> None:
    async with linked() as (link, peer, _):
        subscription = link.subscribe(RoomTopic)
        entering = asyncio.create_task(subscription.__aenter__())
        id = (await peer.next(f.SUBSCRIBE)).stream
        meta = name_meta("rooms.r.said")

        def event(delivery: int, payload: bytes, crc: int | None = None) -> bytes:
            return frame(f.EVENT, 0, id, arg=delivery, meta=meta, payload=payload, crc=crc)

        peer.send(frame(f.SUBSCRIBED, 0, id))
        await entering
        peer.send(
            event(1, b"r|1"),
            event(4, b"r|4"),
            frame(f.GAP, 0, id, meta=meta, payload=pack(">IQQIB", 5, 7, 9, 3, 1)),
            event(5, b"r|5", crc=1),
            event(6, b"no bar"),
            event(7, b"r|7"),
        )
        got = [await anext(subscription) for _ in range(7)]
        assert [
            item.value.text if isinstance(item, nexus.Event) else (item.reason, item.count)
            for item in got
        ] == ["1", ("unreported", 2), "4", ("slow", 3), ("invalid", 1), ("invalid", 1), "7"]
        gap = got[3]
        assert isinstance(gap, nexus.Gap)
        assert (gap.epoch, gap.first, gap.last, gap.topic) == (5, 7, 9, "rooms.r.said")
        peer.send(frame(f.UNSUBSCRIBED, 0, id, arg=7 | 7 << 8))
        with pytest.raises(nexus.NexusError) as caught:
            await anext(subscription)
        assert caught.value.reason is Reason.ACL


async def test_a_refused_subscription_is_an_error() -> None:
    async with linked() as (link, peer, _):
        entering = asyncio.create_task(link.subscribe(RoomTopic).__aenter__())
        id = (await peer.next(f.SUBSCRIBE)).stream
        peer.send(frame(f.SUBSCRIBED, 0, id, arg=12))
        with pytest.raises(nexus.NexusError) as caught:
            await entering
        assert caught.value.code is Code.UNIMPLEMENTED


async def test_a_weaker_guarantee_than_asked_for_is_an_error() -> None:
    async with linked() as (link, peer, _):
        entering = asyncio.create_task(link.subscribe(RoomTopic, qos=1).__aenter__())
        id = (await peer.next(f.SUBSCRIBE)).stream
        peer.send(frame(f.SUBSCRIBED, 0, id, payload=encode(Subscribed(qos=0))))
        with pytest.raises(nexus.NexusError, match="subscribe with qos=0") as caught:
            await entering
        assert caught.value.code is Code.UNIMPLEMENTED
        assert (await peer.next(f.UNSUBSCRIBE)).stream == id


async def test_losses_without_places_are_told_as_one() -> None:
    async with linked() as (link, peer, _):
        subscription = link.subscribe(RoomTopic)
        entering = asyncio.create_task(subscription.__aenter__())
        id = (await peer.next(f.SUBSCRIBE)).stream
        peer.send(frame(f.SUBSCRIBED, 0, id))
        await entering
        gap = name_meta("rooms.r.said")
        for first, last, count in ((1, 2, 2), (3, 3, 1), (0, 0, 4), (0, 0, 5)):
            payload = pack(">IQQIB", 5, first, last, count, 1)
            peer.send(frame(f.GAP, 0, id, meta=gap, payload=payload))
        peer.send(
            frame(f.EVENT, 0, id, arg=1, meta=gap, payload=b"r|x"), raw(f.PING, payload=b"8" * 8)
        )
        await peer.next(f.PONG)
        items = [await anext(subscription) for _ in range(4)]
        gaps = [(i.first, i.last, i.count) for i in items if isinstance(i, nexus.Gap)]
        assert gaps == [(1, 2, 2), (3, 3, 1), (None, None, 9)]


async def test_gaps_that_nobody_reads_are_bounded() -> None:
    queue = ItemQueue()
    for at in range(1, GAPS_MAX + 51):
        queue.push(nexus.Gap(topic="t", count=1, reason="slow", epoch=5, first=at, last=at))
    assert len(queue) == GAPS_MAX
    told = [await queue.take() for _ in range(GAPS_MAX)]
    assert told[-2] == nexus.Gap(
        topic="t", count=1, reason="slow", epoch=5, first=GAPS_MAX - 1, last=GAPS_MAX - 1
    )
    assert told[-1] == nexus.Gap(topic="t", count=51, reason="unreported")


async def test_more_events_than_credit_end_the_link() -> None:
    async with linked() as (link, peer, _):
        subscription = link.subscribe(RoomTopic, credit=1)
        entering = asyncio.create_task(subscription.__aenter__())
        id = (await peer.next(f.SUBSCRIBE)).stream
        peer.send(frame(f.SUBSCRIBED, 0, id))
        await entering
        meta = name_meta("rooms.r.said")
        for n in range(1, 20):
            peer.send(frame(f.EVENT, 0, id, arg=n, meta=meta, payload=b"r|x"))
        assert (await peer.next(f.ERROR)).arg == LinkCode.FLOW_CONTROL
