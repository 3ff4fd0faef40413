"""A link against a scripted router on a real socket: the handshake, and what malformed input gets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from peer import WELCOME, Peer, connected, linked, raw, scripted
from say import SayClient, Text
from serving import Say

import nexus_bridge as nexus
from nexus_bridge import Code
from nexus_bridge import _frame as f
from nexus_bridge._control import GoAway, Hello, Status, Welcome, encode
from nexus_bridge._errors import LinkCode, Reason
from nexus_bridge._frame import frame
from nexus_bridge._message import decode
from nexus_bridge._meta import FINGERPRINT, name_meta, read_meta, tag, user_tags
from nexus_bridge._metadata import Metadata


async def test_hello_says_who_is_there() -> None:
    async with scripted() as script:
        connecting = asyncio.create_task(connected(script.url, token="secret", name="shop"))
        peer = await script.accept()
        hello = decode(Hello, (await peer.greet()).payload)
        peer.send(WELCOME)
        assert hello.client is not None
        assert hello.auth is not None
        assert (hello.wire_min, hello.wire_max, hello.role) == (1, 1, "client")
        assert (hello.client.name, hello.client.sdk) == ("shop", "nexus-bridge")
        assert hello.auth.token == b"secret"
        link = await connecting
        await link.close()
        closed = await peer.next(f.CLOSE)
        assert closed.arg == LinkCode.NO_ERROR


async def test_refused_credentials_are_told_at_once() -> None:
    async with scripted() as script:
        connecting = asyncio.create_task(connected(script.url))
        peer = await script.accept()
        await peer.greet()
        status = encode(Status(message="who are you?"))
        peer.send(frame(f.ERROR, 0, 0, arg=LinkCode.AUTH_FAILED.value, payload=status))
        with pytest.raises(nexus.NexusError, match=r"who are you\?") as caught:
            await connecting
        assert caught.value.code is Code.UNAUTHENTICATED


async def test_a_peer_that_is_no_router_gets_no_further_byte() -> None:
    async with scripted() as script:
        connecting = asyncio.create_task(connected(script.url))
        peer = await script.accept()
        peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        again = await script.accept()
        await again.greet()
        again.send(WELCOME)
        await (await connecting).close()


async def test_ping_is_answered_with_its_bytes() -> None:
    async with linked() as (_, peer, _):
        peer.send(frame(f.PING, 0, 0, payload=b"12345678"))
        assert (await peer.next(f.PONG)).payload == b"12345678"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (bytes(32), LinkCode.HEADER_CRC),
        (WELCOME, LinkCode.PROTOCOL_ERROR),
        (raw(f.PING), LinkCode.PROTOCOL_ERROR),
        (raw(f.PING, stream=1, payload=bytes(8)), LinkCode.PROTOCOL_ERROR),
        (raw(f.PING, 0x400, payload=bytes(8)), LinkCode.PROTOCOL_ERROR),
        (raw(0x0D), LinkCode.UNKNOWN_TYPE),
        (raw(0x50), LinkCode.UNKNOWN_TYPE),
        (raw(f.DATA, f.END, stream=1), LinkCode.PROTOCOL_ERROR),  # an id never opened
        (raw(f.DATA, f.END, stream=2), LinkCode.PROTOCOL_ERROR),
        (raw(f.DATA, f.END), LinkCode.PROTOCOL_ERROR),
        (raw(f.OPEN, f.END, stream=3), LinkCode.PROTOCOL_ERROR),  # the parity of this side
        (raw(f.OPEN, f.END, stream=0), LinkCode.PROTOCOL_ERROR),
        (raw(f.OPEN, f.END, stream=2, payload=b"x"), LinkCode.PROTOCOL_ERROR),  # no PCRC
        (raw(f.OPEN, f.END, stream=2, crc=1), LinkCode.PROTOCOL_ERROR),
        (raw(f.STATUS, f.END | f.MORE, stream=2), LinkCode.PROTOCOL_ERROR),
        (frame(f.ALIAS, 0, 0, route=0, meta=name_meta("a")), LinkCode.ALIAS_ERROR),
        (frame(f.ALIAS, 0, 0, route=4097, meta=name_meta("a")), LinkCode.ALIAS_ERROR),
        (frame(f.ALIAS, 0, 0, route=1, meta=name_meta("a")) * 2, LinkCode.ALIAS_ERROR),
        (frame(f.ALIAS, 0, 0, route=1, arg=1), LinkCode.ALIAS_ERROR),
        (frame(f.ALIAS, 0, 0, route=1, meta=b"\1\1a\0\0\0\0"), LinkCode.META_CRC),
        (frame(f.GOAWAY, 0, 0, payload=b"\xff"), LinkCode.PROTOCOL_ERROR),
    ],
)
async def test_what_ends_the_link(data: bytes, code: LinkCode) -> None:
    async with linked() as (_, peer, script):
        peer.send(data)
        error = await peer.next(f.ERROR)
        assert LinkCode(error.arg) is code
        await peer.closed()
        await script.welcomed()  # and the link comes back


async def test_what_may_be_skipped_is_skipped() -> None:
    async with linked() as (_, peer, _):
        peer.send(raw(0x0D, f.SKIP), raw(0x50, f.SKIP, stream=9))
        peer.send(frame(f.PING, 0, 0, payload=b"12345678"))
        assert (await peer.next()).type == f.PONG


async def serving(link: nexus.Link, peer: Peer) -> None:
    task = asyncio.create_task(link.serve(Say()))
    register = await peer.next(f.REGISTER)
    peer.send(frame(f.REGISTERED, 0, register.stream))
    await task


async def test_the_first_call_of_a_method_says_its_request_type() -> None:
    async with linked() as (link, peer, _):
        client = SayClient(link)
        first = asyncio.create_task(client.echo(Text(text="a")))
        opened = await peer.next(f.OPEN)
        assert read_meta(opened.meta).number(FINGERPRINT, 8) == Text.__nexus_fingerprint__
        second = asyncio.create_task(client.echo(Text(text="b")))
        again = await peer.next(f.OPEN)
        assert (again.route, again.meta) == (opened.route, b"")
        for call in (opened, again):
            peer.send(frame(f.DATA, f.END, call.stream, payload=call.payload))
        assert [(await first).text, (await second).text] == ["a", "b"]


ECHO = name_meta("say.Say/Echo")


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        (frame(f.OPEN, f.END, 2, meta=ECHO, payload=b"|x", crc=1), 15, Reason.PAYLOAD_CRC),
        (frame(f.OPEN, f.END, 2, meta=ECHO[:-1] + b"\0", payload=b"|x"), 15, None),
        (frame(f.OPEN, f.END, 2, meta=name_meta("say.Say/No"), payload=b"|x"), 12, None),
        (frame(f.OPEN, f.END, 2, route=77, payload=b"|x"), 3, None),
        (frame(f.OPEN, f.END, 2, meta=ECHO), 3, None),  # a unary call without a request
        (frame(f.OPEN, f.END, 2, meta=ECHO, payload=b"no bar"), 3, None),
        (frame(f.OPEN, f.END | 0x400, 2, meta=ECHO, payload=b"|x"), 3, None),
        (frame(f.OPEN, f.END, 2, meta=ECHO, payload=b"|x", class_=0x98), 3, None),
        (frame(f.OPEN, f.END | f.MORE, 2, meta=ECHO, payload=b"|x"), 15, None),
    ],
)
async def test_what_refuses_a_call(data: bytes, code: int, reason: Reason | None) -> None:
    async with linked() as (link, peer, _):
        await serving(link, peer)
        peer.send(data)
        status = await peer.next(f.STATUS)
        assert (status.stream, status.arg) == (2, code)
        assert decode(Status, status.payload).reason == (reason or 0)
        peer.send(frame(f.OPEN, f.END, 4, meta=ECHO, payload=b"|still here"))
        answer = await peer.next(f.DATA)
        assert (answer.stream, answer.payload) == (4, b"|still here")


async def test_frames_on_a_closed_id_are_dropped_and_reopening_it_is_an_error() -> None:
    async with linked() as (link, peer, _):
        await serving(link, peer)
        peer.send(frame(f.OPEN, f.END, 2, meta=ECHO, payload=b"|x"))
        await peer.next(f.DATA)
        peer.send(frame(f.CANCEL, 0, 2, arg=1), frame(f.DATA, f.END, 2, arg=1))
        peer.send(frame(f.PING, 0, 0, payload=bytes(8)))
        assert (await peer.next()).type == f.PONG
        peer.send(frame(f.OPEN, f.END, 2, meta=ECHO, payload=b"|x"))
        assert (await peer.next(f.ERROR)).arg == LinkCode.PROTOCOL_ERROR


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (lambda stream: frame(f.DATA, f.END, stream, payload=b"|x", crc=1), Code.DATA_LOSS),
        (lambda stream: frame(f.DATA, f.END, stream, arg=1, payload=b"|x"), Code.DATA_LOSS),
        (lambda stream: frame(f.DATA, f.END, stream, payload=b"no bar"), Code.DATA_LOSS),
        (lambda stream: frame(f.DATA, f.END, stream), Code.INTERNAL),
        (lambda stream: frame(f.STATUS, f.END, stream), Code.INTERNAL),
        (lambda stream: frame(f.STATUS, f.END, stream, arg=5), Code.NOT_FOUND),
        (lambda stream: frame(f.STATUS, f.END, stream, arg=99), Code.UNKNOWN),
        (lambda stream: frame(f.CANCEL, 0, stream, arg=8), Code.RESOURCE_EXHAUSTED),
        (lambda stream: raw(0x50, 0, stream=stream), Code.UNIMPLEMENTED),
        (
            lambda stream: (
                frame(f.DATA, 0, stream, payload=b"|x") + frame(f.DATA, f.END, stream, arg=1, crc=0)
            ),
            Code.INTERNAL,
        ),
    ],
)
async def test_what_an_answer_that_is_wrong_becomes(
    answer: Callable[[int], bytes], code: Code
) -> None:
    async with linked() as (link, peer, _):
        call = asyncio.create_task(SayClient(link).missing(Text(text="x")))
        opened = await peer.next(f.OPEN)
        assert opened.arg == 30_000 or 29_000 < opened.arg < 30_000
        peer.send(answer(opened.stream))
        with pytest.raises(nexus.NexusError) as caught:
            await call
        assert caught.value.code is code


async def test_a_call_that_was_not_executed_is_tried_again_twice_with_its_attempt() -> None:
    async with linked() as (link, peer, _):
        call = asyncio.create_task(SayClient(link).missing(Text(text="x")))
        for attempt in range(3):
            opened = await peer.next(f.OPEN)
            expected = bytes((attempt,)) if attempt else None
            assert read_meta(opened.meta).tags.get(0x10) == expected
            peer.send(frame(f.STATUS, f.END | f.NOEXEC, opened.stream, arg=14))
        with pytest.raises(nexus.NexusError) as caught:
            await call
        assert caught.value.code is Code.UNAVAILABLE


async def test_a_retry_that_was_not_executed_says_nothing_of_the_attempts_before_it() -> None:
    async with linked() as (link, peer, _):
        call = asyncio.create_task(SayClient(link).echo(Text(text="x")))
        for flags in (f.END, f.END | f.NOEXEC, f.END | f.NOEXEC):
            opened = await peer.next(f.OPEN)
            peer.send(frame(f.STATUS, flags, opened.stream, arg=14))
        with pytest.raises(nexus.NexusError) as caught:
            await call
        assert caught.value.not_executed is False


async def test_a_call_that_may_have_run_is_not_tried_again() -> None:
    async with linked() as (link, peer, _):
        call = asyncio.create_task(SayClient(link).missing(Text(text="x")))
        opened = await peer.next(f.OPEN)
        peer.send(frame(f.STATUS, f.END, opened.stream, arg=14))
        with pytest.raises(nexus.NexusError):
            await call
        peer.send(frame(f.PING, 0, 0, payload=bytes(8)))
        assert (await peer.next()).type == f.PONG


async def test_goaway_moves_new_calls_to_a_new_link_and_lets_old_ones_finish() -> None:
    async with linked() as (link, peer, script):
        client = SayClient(link)
        old = asyncio.create_task(client.missing(Text(text="old")))
        opened = await peer.next(f.OPEN)
        late = asyncio.create_task(client.echo(Text(text="late")))
        ignored = await peer.next(f.OPEN)
        goaway = encode(GoAway(last_stream=opened.stream, grace_ms=1000))
        peer.send(frame(f.GOAWAY, 0, 0, payload=goaway))
        new_peer = await script.welcomed()
        again = await new_peer.next(f.OPEN)
        assert ignored.payload == again.payload
        new_peer.send(frame(f.DATA, f.END, again.stream, payload=b"|late"))
        assert (await late).text == "late"
        peer.send(frame(f.DATA, f.END, opened.stream, payload=b"|old"))
        assert (await old).text == "old"


async def test_a_stream_beyond_credit_is_cancelled() -> None:
    async with linked() as (link, peer, _), SayClient(link).count(Text()) as stream:
        id = (await peer.next(f.OPEN)).stream
        peer.send(b"".join(frame(f.DATA, 0, id, arg=n, payload=b"|x") for n in range(33)))
        cancel = await peer.next(f.CANCEL)
        assert cancel.arg == Code.RESOURCE_EXHAUSTED
        with pytest.raises(nexus.NexusError) as caught:
            async for _ in stream:
                pass
        assert caught.value.code is Code.RESOURCE_EXHAUSTED


async def test_a_silent_router_is_given_up_after_three_heartbeats() -> None:
    async with scripted() as script:
        connecting = asyncio.create_task(connected(script.url))
        peer = await script.accept()
        await peer.greet()
        silent = encode(Welcome(wire=1, heartbeat_ms=20))
        peer.send(frame(f.WELCOME, 0, 0, payload=silent))
        link = await connecting
        await peer.closed()
        await script.welcomed()
        await link.close()


async def test_a_handler_passes_on_its_trace_and_the_metadata_that_was_named() -> None:
    async with scripted() as script:
        connecting = asyncio.create_task(connected(script.url, forward_metadata=["x-tenant"]))
        peer = await script.welcomed()
        link = await connecting
        await serving(link, peer)
        trace = bytes(range(25))
        users = user_tags(Metadata([("x-tenant", "a"), ("x-other", "b")]))
        meta = name_meta("say.Say/Echo", tag(2, trace) + users)
        peer.send(frame(f.OPEN, f.END, 2, arg=700, meta=meta, payload=b"|around"))
        inner = await peer.next(f.OPEN)
        found = read_meta(inner.meta)
        assert found.tags[2] == trace
        assert found.metadata == Metadata([("x-tenant", "a")])
        assert 0 < inner.arg <= 700
        await link.close()
