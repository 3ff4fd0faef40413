"""The calls of the SDK over a memory link: four kinds, errors, deadlines, cancellation, draining."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from say import (
    RoomTopic,
    SayClient,
    SayHandler,
    Text,
    TooLoudError,
)
from serving import Say, served

import nexus_bridge as nexus
from nexus_bridge import Code
from nexus_bridge._deadlines import Deadlines


async def test_unary_answers() -> None:
    async with served() as (_, client, _):
        assert await client.echo(Text(text="hello")) == Text(text="hello")
        answers = await asyncio.gather(*(client.echo(Text(text=str(n))) for n in range(300)))
        assert [answer.text for answer in answers] == [str(n) for n in range(300)]


@pytest.mark.parametrize("size", [0, 65_000, 65_537, 300_000, 3_000_000])
async def test_unary_carries_messages_of_any_size(size: int) -> None:
    async with served() as (_, client, _):
        assert len((await client.echo(Text(text="x" * size))).text) == size


async def test_a_schema_error_arrives_with_its_detail() -> None:
    async with served() as (_, client, _):
        with pytest.raises(TooLoudError) as caught:
            await client.echo(Text(text="loud"))
        assert caught.value.detail == Text(text="85 dB")
        assert caught.value.code is Code.FAILED_PRECONDITION


async def test_a_failure_of_the_handler_keeps_its_text_at_home(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with served() as (_, client, _):
        with caplog.at_level(logging.ERROR), pytest.raises(nexus.NexusError) as caught:
            await client.echo(Text(text="broken"))
        assert caught.value.code is Code.INTERNAL
        assert caught.value.message == "handler failed"
        assert "a secret" in caplog.text


async def test_a_method_that_nobody_wrote_is_unimplemented() -> None:
    async with served() as (_, client, _):
        with pytest.raises(nexus.NexusError) as caught:
            await client.missing(Text())
        assert caught.value.code is Code.UNIMPLEMENTED
        assert "say.Say/Missing" in caught.value.message


async def test_the_deadline_ends_the_call_and_the_handler() -> None:
    async with served() as (_, client, handler):
        with pytest.raises(nexus.NexusError) as caught:
            await client.echo(Text(text="wait"), timeout=0.05)
        assert caught.value.code is Code.DEADLINE_EXCEEDED
        await handler.cancelled.wait()


async def test_a_call_made_inside_a_handler_inherits_the_deadline() -> None:
    async with served() as (_, client, handler):
        await client.echo(Text(text="around"), timeout=3)
        assert handler.time_left is not None
        assert 0 < handler.time_left <= 3


async def test_cancelling_reaches_the_handler() -> None:
    async with served() as (_, client, handler):
        task = asyncio.create_task(client.echo(Text(text="wait")))
        await handler.started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await handler.cancelled.wait()


async def test_metadata_goes_both_ways() -> None:
    async with served() as (_, client, handler):
        seen: list[nexus.Response] = []
        await client.echo(
            Text(text="headers"),
            metadata=[("x-tenant", "a"), ("x-tenant", "b"), ("key-bin", b"\1")],
            on_response=seen.append,
        )
        metadata = handler.contexts[0].metadata
        assert metadata.get_all("x-tenant") == ("a", "b")
        assert metadata.get("key-bin") == b"\1"
        assert seen[0]["headers"].get("first") == "1"
        assert seen[0]["trailers"].get("last-bin") == b"\0"


@pytest.mark.parametrize(
    "metadata",
    [
        {"Upper": "a"},
        {"nexus-x": "a"},
        {"traceparent": "a"},
        {"x-bin": "a"},
        {"x": b"a"},
        {"": "a"},
        {f"k{n}": "v" for n in range(65)},
        {"big": "x" * 13_000},
    ],
)
async def test_bad_metadata_is_refused_before_sending(metadata: dict[str, Any]) -> None:
    async with served() as (_, client, handler):
        with pytest.raises(nexus.NexusError) as caught:
            await client.echo(Text(), metadata=metadata)
        assert caught.value.code is Code.INVALID_ARGUMENT
        assert not handler.contexts


async def test_a_server_stream_is_read_to_its_end() -> None:
    async with served() as (_, client, _), client.count(Text(text="200")) as stream:
        assert [message.text async for message in stream] == [str(n) for n in range(200)]


async def test_a_stream_is_pulled_and_leaving_it_cancels() -> None:
    async with served() as (_, client, handler):
        async with client.count(Text()) as stream:
            assert (await anext(stream)).text == "0"
            for _ in range(50):
                await asyncio.sleep(0)
        await handler.cancelled.wait()
        assert handler.produced <= 40  # 32 messages of credit and those pulled


async def test_an_error_comes_after_the_messages_before_it() -> None:
    async with served() as (_, client, _):
        received: list[str] = []
        with pytest.raises(TooLoudError):
            async with client.count(Text(text="3", room="fail")) as stream:
                async for message in stream:
                    received.append(message.text)
        assert received == ["0", "1", "2"]


async def test_a_client_stream_is_answered() -> None:
    async def texts() -> AsyncIterator[Text]:
        for text in "abc":
            yield Text(text=text)

    async with served() as (_, client, _):
        assert (await client.join([Text(text="x"), Text(text="y")])).text == "xy"
        assert (await client.join(texts())).text == "abc"
        assert (await client.join([])).text == ""
        many = [Text(text="0123456789" * 1000) for _ in range(100)]
        assert len((await client.join(many)).text) == 1_000_000


async def test_an_early_answer_ends_a_client_stream() -> None:
    async def forever() -> AsyncIterator[Text]:
        yield Text(text="stop")
        await asyncio.Event().wait()

    async with served() as (_, client, _):
        assert (await client.join(forever())).text == "stopped"


async def test_a_failing_source_ends_a_client_stream() -> None:
    async def failing() -> AsyncIterator[Text]:
        yield Text(text="a")
        raise LookupError("no more")

    async with served() as (_, client, _):
        with pytest.raises(LookupError):
            await client.join(failing())


async def test_chat_answers_message_by_message() -> None:
    async with served() as (_, client, _), client.chat() as chat:
        for text in ("a", "b"):
            await chat.send(Text(text=text))
            assert (await anext(chat)).text == text.upper()
        await chat.close_send()
        with pytest.raises(StopAsyncIteration):
            await anext(chat)


async def test_two_large_messages_cross() -> None:
    async with served() as (_, client, _), client.chat() as chat:
        size = 1_500_000
        sending = asyncio.create_task(chat.send(Text(text="x" * size)))
        assert len((await anext(chat)).text) == size
        await sending


async def test_beyond_concurrency_a_call_is_refused_as_not_executed() -> None:
    handler = Say()
    async with nexus.memory_link() as link, asyncio.timeout(10):
        await link.serve(handler, concurrency=1)
        client = SayClient(link)
        first = asyncio.create_task(client.echo(Text(text="wait")))
        await handler.started.wait()
        with pytest.raises(nexus.NexusError) as caught:
            await client.missing(Text())
        assert caught.value.code is Code.RESOURCE_EXHAUSTED
        assert caught.value.not_executed
        first.cancel()


async def test_interceptors_stand_around_the_call_in_order() -> None:
    order: list[str] = []

    def interceptor(name: str) -> nexus.Interceptor:
        async def around(call: nexus.Call, next: nexus.Next) -> nexus.Reply:
            order.append(f"{name}>{call.kind}")
            reply = await next(call)
            order.append(f"<{name}")
            return reply

        return around

    options = {"interceptors": [interceptor("a"), interceptor("b")]}
    async with served(**options) as (link, client, _):
        assert (await client.echo(Text(text="x"))).text == "x"
        assert order == ["a>unary", "b>unary", "<b", "<a"]
        async with client.count(Text(text="2")) as stream:
            assert [message.text async for message in stream] == ["0", "1"]
        assert (await client.join([Text(text="j")])).text == "j"
        async with client.chat() as chat:
            await chat.send(Text(text="c"))
            assert (await anext(chat)).text == "C"
            await chat.close_send()
            assert [message async for message in chat] == []
        await link.publish(RoomTopic, Text(room="r"))
        assert [step for step in order if step.startswith("a>")] == [
            "a>unary", "a>server_stream", "a>client_stream", "a>bidi", "a>publish",
        ]  # fmt: skip


async def test_a_fake_serves_the_given_handler() -> None:
    client = SayClient.fake(Say())
    assert (await client.echo(Text(text="hi"))).text == "hi"
    await client._nexus_link.close()  # pyright: ignore[reportPrivateUsage]


async def test_drain_lets_running_calls_finish() -> None:
    class Slow(SayHandler):
        go = asyncio.Event()
        started = asyncio.Event()

        async def echo(self, request: Text, context: nexus.HandlerContext) -> Text:
            self.started.set()
            await self.go.wait()
            return request

    async with nexus.memory_link() as link, asyncio.timeout(10):
        handler = Slow()
        running = await link.serve(handler)
        call = asyncio.create_task(SayClient(link).echo(Text(text="x")))
        await handler.started.wait()
        draining = asyncio.create_task(running.drain(grace=5))
        await asyncio.sleep(0)
        handler.go.set()
        await draining
        assert (await call).text == "x"
        with pytest.raises(nexus.NexusError) as caught:
            await SayClient(link).missing(Text())
        assert caught.value.code is Code.UNAVAILABLE


async def test_drain_gives_up_after_its_grace() -> None:
    async with served() as (link, client, handler):
        call = asyncio.create_task(client.echo(Text(text="wait")))
        await handler.started.wait()
        await link.drain(grace=0)
        with pytest.raises(nexus.NexusError):
            await call
        assert handler.cancelled.is_set()


async def test_a_closed_link_ends_what_is_in_flight() -> None:
    async with served() as (link, client, handler):
        call = asyncio.create_task(client.echo(Text(text="wait")))
        await handler.started.wait()
        await link.close()
        with pytest.raises(nexus.NexusError) as caught:
            await call
        assert caught.value.code is Code.UNAVAILABLE
        with pytest.raises(nexus.NexusError) as caught:
            await client.echo(Text())
        assert caught.value.code is Code.UNAVAILABLE


async def test_an_undeclared_error_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    class Loud(SayHandler):
        async def missing(self, request: Text, context: nexus.HandlerContext) -> Text:
            raise TooLoudError(request)

    async with nexus.memory_link() as link, asyncio.timeout(10):
        await link.serve(Loud())
        with caplog.at_level(logging.WARNING):
            for _ in range(2):
                with pytest.raises(TooLoudError):
                    await SayClient(link).missing(Text())
        assert caplog.text.count("undeclared") == 1


async def test_deadlines_share_ticks_and_never_fire_early() -> None:
    loop = asyncio.get_running_loop()
    deadlines = Deadlines(loop)

    class Expiry:
        def __init__(self, when: float) -> None:
            self.when = when
            self.late: asyncio.Future[float] = loop.create_future()

        def expire(self) -> None:
            self.late.set_result(loop.time() - self.when)

    now = loop.time()
    expiries = [Expiry(now + n / 1000) for n in range(1, 60)]
    for each in expiries:
        deadlines.add(each, each.when, each.when - now)
    removed = Expiry(now + 0.01)
    deadlines.remove(removed, deadlines.add(removed, removed.when, 0.01))
    late = await asyncio.gather(*(each.late for each in expiries))
    assert min(late) >= -1e-9
    assert not removed.late.done()
