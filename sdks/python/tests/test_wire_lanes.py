"""QoS 1 publishing against a scripted router: order, answers, what is sent again, and what fails."""

from __future__ import annotations

import asyncio
from struct import pack, unpack
from typing import Any

import pytest
from peer import Frame, Peer, linked
from say import KeptTopic, SureTopic, Text

import nexus_bridge as nexus
from nexus_bridge import Code
from nexus_bridge import _frame as f
from nexus_bridge._descriptors import Topic
from nexus_bridge._frame import frame
from nexus_bridge._lane_window import WINDOW_MESSAGES
from nexus_bridge._meta import FINGERPRINT, PRODUCER, TTL, read_meta


def puback(published: Frame, *, arg: int = 0, code: int = 0, epoch: int = 5, at: int = 0) -> bytes:
    payload = pack(">HIQ", code, epoch if at else 0, at)
    return frame(f.PUBACK, 0, published.stream, arg=arg or published.arg, payload=payload)


def producer_of(published: Frame) -> tuple[bytes, int, int]:
    id, epoch, sequence = unpack(">16sIQ", read_meta(published.meta).tags[PRODUCER])
    return id, epoch, sequence


def publish(link: nexus.Link, text: str, **options: Any) -> asyncio.Task[nexus.Receipt]:
    return asyncio.create_task(link.publish(SureTopic, Text(text=text), **options))


async def published(peer: Peer, count: int) -> list[Frame]:
    return [await peer.next(f.PUBLISH) for _ in range(count)]


async def test_a_lane_is_opened_once_and_answered_cumulatively() -> None:
    async with linked() as (link, peer, _):
        tasks = [publish(link, str(n)) for n in range(3)]
        first, second, third = await published(peer, 3)
        assert [each.arg for each in (first, second, third)] == [1, 2, 3]
        assert first.stream == second.stream == third.stream
        assert producer_of(first)[1:] == (1, 1)
        assert FINGERPRINT in read_meta(first.meta).tags
        assert second.meta == third.meta == b""
        peer.send(puback(third, at=1001))
        receipts = await asyncio.gather(*tasks)
        assert [each.position for each in receipts] == [None, None, nexus.Position(5, 1001)]
        assert not any(each.duplicate for each in receipts)


async def test_a_lost_link_sends_again_under_the_same_producer_and_sequences() -> None:
    async with linked() as (link, peer, script):
        tasks = [publish(link, str(n)) for n in range(3)]
        first, *_ = await published(peer, 3)
        peer.send(puback(first, at=1))
        await tasks[0]
        peer.close()
        again = await script.welcomed()
        second, third = await published(again, 2)
        assert [second.arg, third.arg] == [2, 3]
        assert producer_of(second) == (*producer_of(first)[:2], 2)
        duplicate = int(Code.ALREADY_EXISTS) | int(nexus.Reason.DUPLICATE) << 8
        again.send(puback(second, code=duplicate, at=2), puback(third, at=3))
        receipts = await asyncio.gather(*tasks[1:])
        assert [each.duplicate for each in receipts] == [True, False]
        assert [each.position for each in receipts] == [
            nexus.Position(5, 2),
            nexus.Position(5, 3),
        ]


async def test_a_refusal_is_the_error_of_its_own_publish() -> None:
    async with linked() as (link, peer, _):
        tasks = [publish(link, str(n)) for n in range(2)]
        first, second = await published(peer, 2)
        peer.send(puback(first, code=7 | 7 << 8), puback(second, at=1))
        with pytest.raises(nexus.NexusError, match="sure") as caught:
            await tasks[0]
        assert (caught.value.code, caught.value.reason) == (
            Code.PERMISSION_DENIED,
            nexus.Reason.ACL,
        )
        assert (await tasks[1]).position == nexus.Position(5, 1)


async def test_no_room_is_waited_for_on_another_id_and_everything_behind_is_sent_again() -> None:
    async with linked() as (link, peer, _):
        tasks = [publish(link, str(n)) for n in range(2)]
        first, second = await published(peer, 2)
        peer.send(puback(first, code=Code.RESOURCE_EXHAUSTED))
        again, behind = await published(peer, 2)
        assert again.stream not in (0, first.stream)
        assert [again.arg, behind.arg] == [1, 2]
        assert producer_of(again) == producer_of(first)
        assert (again.payload, behind.payload) == (first.payload, second.payload)
        peer.send(puback(behind, at=2))
        assert [each.position for each in await asyncio.gather(*tasks)] == [
            None,
            nexus.Position(5, 2),
        ]


async def test_a_router_that_forgot_the_lane_gets_a_higher_epoch() -> None:
    async with linked() as (link, peer, script):
        tasks = [publish(link, str(n)) for n in range(2)]
        first, _ = await published(peer, 2)
        peer.send(puback(first, at=1))
        await tasks[0]
        peer.close()
        later = await script.welcomed()
        second = await later.next(f.PUBLISH)
        out_of_order = int(Code.FAILED_PRECONDITION) | int(nexus.Reason.OUT_OF_ORDER) << 8
        later.send(puback(second, code=out_of_order))
        anew = await later.next(f.PUBLISH)
        assert producer_of(anew) == (producer_of(first)[0], 2, 2)
        later.send(puback(anew, at=1))
        await tasks[1]


async def test_a_fenced_producer_fails_and_the_next_publish_has_another() -> None:
    async with linked() as (link, peer, _):
        tasks = [publish(link, str(n)) for n in range(2)]
        first, _ = await published(peer, 2)
        peer.send(puback(first, code=int(Code.ABORTED) | int(nexus.Reason.FENCED) << 8))
        for task in tasks:
            with pytest.raises(nexus.NexusError) as caught:
                await task
            assert caught.value.reason is nexus.Reason.FENCED
        task = publish(link, "x")
        other = await peer.next(f.PUBLISH)
        assert producer_of(other)[0] != producer_of(first)[0]
        peer.send(puback(other, at=1))
        await task


async def test_without_a_link_a_publish_waits_and_can_be_given_up_for_certain() -> None:
    async with linked() as (link, peer, script):
        peer.close()
        again = await script.accept()
        await again.greet()  # no WELCOME yet
        given_up = publish(link, "never")
        with pytest.raises(nexus.NexusError) as caught:
            await link.publish(SureTopic, Text(text="late"), timeout=0.01)
        assert caught.value.code is Code.DEADLINE_EXCEEDED
        assert caught.value.not_executed
        waiting = publish(link, "waits", ttl=60)
        given_up.cancel()
        from peer import WELCOME

        again.send(WELCOME)
        only = await again.next(f.PUBLISH)
        assert (only.payload, only.arg) == (b"|waits", 1)
        left = int.from_bytes(read_meta(only.meta).tags[TTL], "big")
        assert 0 < left <= 60_000
        again.send(puback(only, at=1))
        await waiting


async def test_what_has_left_and_was_not_answered_in_time_is_unknown() -> None:
    async with linked() as (link, peer, _):
        task = publish(link, "x", timeout=0.05)
        await peer.next(f.PUBLISH)
        with pytest.raises(nexus.NexusError, match="unknown") as caught:
            await task
        assert caught.value.code is Code.DEADLINE_EXCEEDED
        assert not caught.value.not_executed


async def test_a_full_window_holds_publishes_back() -> None:
    async with linked() as (link, peer, _):
        tasks = [publish(link, str(n)) for n in range(1025)]
        window = await published(peer, 1024)
        peer.send(puback(window[0], at=1))
        last = await peer.next(f.PUBLISH)
        assert last.arg == 1025
        peer.send(puback(last, at=1025))
        receipts = await asyncio.gather(*tasks)
        assert receipts[0].position == nexus.Position(5, 1)


async def test_closing_fails_what_waits_and_draining_waits_for_it() -> None:
    async with linked() as (link, peer, _):
        task = publish(link, "x")
        published_ = await peer.next(f.PUBLISH)
        draining = asyncio.create_task(link.drain(grace=20))
        await asyncio.sleep(0)
        with pytest.raises(nexus.NexusError, match="drained"):
            await link.publish(SureTopic, Text(text="more"))
        peer.send(puback(published_, at=1))
        assert (await task).position == nexus.Position(5, 1)
        await draining
    async with linked() as (link, peer, _):
        task = publish(link, "x")
        await peer.next(f.PUBLISH)
        await link.close()
        with pytest.raises(nexus.NexusError) as caught:
            await task
        assert caught.value.code is Code.UNAVAILABLE


async def test_an_answer_for_what_was_never_published_ends_the_link() -> None:
    async with linked() as (link, peer, _):
        task = publish(link, "x")
        published_ = await peer.next(f.PUBLISH)
        peer.send(puback(published_, arg=77))
        assert (await peer.next(f.ERROR)).arg == nexus_link_code("PROTOCOL_ERROR")
        task.cancel()


def nexus_link_code(name: str) -> int:
    from nexus_bridge._gen_constants import LinkCode

    return LinkCode[name].value


async def test_a_retained_value_is_cleared_by_an_empty_payload() -> None:
    async with linked() as (link, peer, _):
        await link.clear_retained(KeptTopic, Text(room="r"))
        cleared = await peer.next(f.PUBLISH)
        assert (cleared.flags & f.RETAIN, cleared.payload) == (f.RETAIN, b"")
        with pytest.raises(nexus.NexusError, match="not retained"):
            await link.clear_retained(SureTopic, Text())


async def test_qos_2_is_refused_before_sending() -> None:
    twice: Topic[Text] = Topic(message=Text, tokens=("twice",), qos=2)
    async with linked() as (link, _, _), asyncio.timeout(5):
        with pytest.raises(nexus.NexusError) as caught:
            await link.publish(twice, Text())
        assert caught.value.code is Code.UNIMPLEMENTED


async def test_draining_ends_the_id_with_the_last_publish_and_repeats_it_on_another() -> None:
    async with linked() as (link, peer, _):
        tasks = [publish(link, str(n)) for n in range(WINDOW_MESSAGES + 1)]
        full = await published(peer, WINDOW_MESSAGES)
        draining = asyncio.create_task(link.drain(grace=20))
        with pytest.raises(nexus.NexusError, match="drained"):
            await publish(link, "late")
        peer.send(puback(full[-1], at=1))
        (last,) = await published(peer, 1)
        assert (last.stream, last.arg) == (full[0].stream, WINDOW_MESSAGES + 1)
        assert [bool(each.flags & f.END) for each in (full[-1], last)] == [False, True]
        peer.send(puback(last, code=Code.RESOURCE_EXHAUSTED))
        (again,) = await published(peer, 1)
        assert again.stream not in (0, last.stream)
        assert (again.arg, bool(again.flags & f.END)) == (last.arg, True)
        peer.send(puback(again, at=2))
        assert (await tasks[-1]).position == nexus.Position(5, 2)
        await asyncio.gather(draining, *tasks)
