"""The SDK against the real router, a child process: all kinds of calls, topics, and a router that dies and comes back."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from say import ECHO, KeptTopic, RoomTopic, SayClient, SureTopic, Text, TooLoudError
from serving import Say

import nexus_bridge as nexus
from nexus_bridge import Code
from nexus_bridge._descriptors import Topic

ROOT = Path(__file__).resolve().parents[3]
MAIN = ROOT / "router" / "server" / "src" / "main.ts"
NODE = shutil.which("node")
NODE_MINIMUM = 22  # runs TypeScript as it is


def node_major() -> int:
    if NODE is None:
        return 0
    version = subprocess.run([NODE, "--version"], capture_output=True, text=True, check=True)
    return int(version.stdout.removeprefix("v").split(".")[0])


MISSING = node_major() < NODE_MINIMUM or not MAIN.exists()
if MISSING and os.environ.get("NEXUS_REQUIRE") == "all":
    raise RuntimeError(
        "the router cannot be started: node 22 or newer and router/server are needed"
    )
LEFT_OUT = "left out: Python against the router: node 22 or newer and router/server are needed"
pytestmark = pytest.mark.skipif(MISSING, reason=LEFT_OUT)


class Router:
    """A router process on a port of its own."""

    def __init__(self, path: Path | None = None) -> None:
        self.port = 0
        self._path = path
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        if self._path is not None:
            return f"nexus+unix://{self._path}"
        return f"nexus://127.0.0.1:{self.port}"

    @property
    def _listen(self) -> str:
        return f"tcp://127.0.0.1:{self.port}" if self._path is None else f"unix://{self._path}"

    async def start(self) -> None:
        assert NODE is not None
        self._process = await asyncio.create_subprocess_exec(
            NODE, "--conditions=@nexus-bridge/source", str(MAIN), "--listen",
            self._listen, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert self._process.stdout is not None
        line = (await self._process.stdout.readline()).decode()
        assert line.startswith("listening "), line
        if self._path is None:
            self.port = int(line.rsplit(":", 1)[1])

    async def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def terminate(self) -> None:
        assert self._process is not None
        self._process.terminate()
        await self._process.wait()


@asynccontextmanager
async def routed(path: Path | None = None) -> AsyncGenerator[Router]:
    router = Router(path)
    async with asyncio.timeout(60):
        try:
            await router.start()
            yield router
        finally:
            await router.kill()


async def test_the_four_kinds_go_through_the_router() -> None:
    async with (
        routed() as router,
        nexus.connect(router.url) as provider,
        nexus.connect(router.url) as link,
    ):
        await provider.serve(Say())
        client = SayClient(link)
        answers = await asyncio.gather(*(client.echo(Text(text=str(n))) for n in range(500)))
        assert [answer.text for answer in answers] == [str(n) for n in range(500)]
        async with client.count(Text(text="200")) as stream:
            assert [message.text async for message in stream] == [str(n) for n in range(200)]
        assert (await client.join([Text(text=c) for c in "abc"])).text == "abc"
        async with client.chat() as chat:
            await chat.send(Text(text="hello"))
            assert (await anext(chat)).text == "HELLO"
            await chat.close_send()
            assert [message async for message in chat] == []
        for size in (65_000, 70_000, 1_000_000, 5_000_000):
            assert len((await client.echo(Text(text="x" * size))).text) == size
        with pytest.raises(TooLoudError) as caught:
            await client.echo(Text(text="loud"))
        assert caught.value.detail.text == "85 dB"


async def test_deadline_cancel_and_metadata_go_through_the_router() -> None:
    handler = Say()
    async with (
        routed() as router,
        nexus.connect(router.url) as provider,
        nexus.connect(router.url) as link,
    ):
        await provider.serve(handler)
        client = SayClient(link)
        with pytest.raises(nexus.NexusError) as caught:
            await client.echo(Text(text="wait"), timeout=0.1)
        assert caught.value.code is Code.DEADLINE_EXCEEDED
        await handler.cancelled.wait()
        handler.cancelled.clear()
        handler.started.clear()
        task = asyncio.create_task(client.echo(Text(text="wait")))
        await handler.started.wait()
        task.cancel()
        await handler.cancelled.wait()
        seen: list[nexus.Response] = []
        await client.echo(Text(text="headers"), metadata={"k": "v"}, on_response=seen.append)
        assert handler.contexts[-1].metadata.get("k") == "v"
        assert seen[0]["trailers"].get("last-bin") == b"\0"


async def test_a_unix_socket_is_as_good(tmp_path: Path) -> None:
    async with routed(tmp_path / "nexus.sock") as router, nexus.connect(router.url) as link:
        await link.serve(Say())
        assert (await SayClient(link).echo(Text(text="hello"))).text == "hello"


async def test_nobody_serves_it() -> None:
    async with routed() as router, nexus.connect(router.url) as link:
        with pytest.raises(nexus.NexusError) as caught:
            await SayClient(link).missing(Text())
        assert caught.value.code is Code.UNAVAILABLE
        assert caught.value.reason is nexus.Reason.NO_PROVIDER
        assert ECHO.service in caught.value.message


async def test_topics_go_through_the_router() -> None:
    async with (
        routed() as router,
        nexus.connect(router.url) as publisher,
        nexus.connect(router.url) as link,
        link.subscribe(RoomTopic) as every,
        link.subscribe(RoomTopic.with_fields(room="b")) as only,
    ):
        for room in ("a", "b"):
            await publisher.publish(RoomTopic, Text(room=room, text="x"), metadata={"k": room})
        first, second = await anext(every), await anext(every)
        assert isinstance(first, nexus.Event)
        assert isinstance(second, nexus.Event)
        assert [first.topic, second.topic] == ["rooms.a.said", "rooms.b.said"]
        assert first.metadata.get("k") == "a"
        event = await anext(only)
        assert isinstance(event, nexus.Event)
        assert event.value.room == "b"
        for n in range(3000):
            await publisher.publish(RoomTopic, Text(room="a", text=str(n)))
            if n % 500 == 499:
                got = [await anext(every) for _ in range(500)]
                assert [item.value.text for item in got if isinstance(item, nexus.Event)] == [
                    str(each) for each in range(n - 499, n + 1)
                ]


async def read(items: nexus.Subscription[Text]) -> nexus.Event[Text]:
    item = await anext(items)
    assert isinstance(item, nexus.Event), item
    return item


async def test_acknowledged_events_go_through_the_router() -> None:
    async with (
        routed() as router,
        nexus.connect(router.url) as publisher,
        nexus.connect(router.url) as link,
        link.subscribe(SureTopic, ack="manual") as items,
    ):
        receipts = await asyncio.gather(
            *(publisher.publish(SureTopic, Text(text=str(n))) for n in range(900))
        )
        last = receipts[-1].position
        assert last is not None
        assert last.sequence == 900
        got = [await read(items) for _ in range(900)]
        assert [event.value.text for event in got] == [str(n) for n in range(900)]
        assert [event.position for event in got][-1] == last
        for event in got[:-1]:
            event.ack()
        got[-1].nack(delay=0.01)
        again = await read(items)
        assert (again.value.text, again.redelivered, again.attempt) == ("899", True, 2)
        again.ack()
        async with link.subscribe(
            SureTopic, start={"sure": nexus.Position(last.epoch, 899)}
        ) as late:
            assert [(await read(late)).value.text for _ in range(2)] == ["898", "899"]


async def test_what_fails_five_times_goes_to_the_dead_letters() -> None:
    dead: Topic[Text] = Topic(message=Text, tokens=("$dead", "sure"), qos=1)
    async with (
        routed() as router,
        nexus.connect(router.url) as link,
        link.subscribe(dead) as letters,
        link.subscribe(SureTopic, ack="manual", group="g") as items,
    ):
        receipt = await link.publish(SureTopic, Text(text="bad"))
        for attempt in range(1, 6):
            event = await read(items)
            assert event.attempt == attempt
            event.nack(delay=0.001)
        letter = await read(letters)
        assert letter.value.text == "bad"
        assert letter.position == receipt.position
        assert letter.dead_letter_reason


async def test_a_consumer_goes_on_where_it_was() -> None:
    async with routed() as router, nexus.connect(router.url) as publisher:
        async with (
            nexus.connect(router.url) as link,
            link.subscribe(SureTopic, consumer="c") as items,
        ):
            for n in range(4):
                await publisher.publish(SureTopic, Text(text=str(n)))
            assert [(await read(items)).value.text for _ in range(2)] == ["0", "1"]
        async with (
            nexus.connect(router.url) as link,
            link.subscribe(SureTopic, consumer="c") as items,
        ):
            texts = [(await read(items)).value.text for _ in range(3)]
            assert texts == ["1", "2", "3"]  # the second was at hand, and not acknowledged


async def test_a_retained_value_is_kept_and_cleared() -> None:
    async with routed() as router, nexus.connect(router.url) as link:
        await link.publish(KeptTopic, Text(room="r", text="kept"))
        async with link.subscribe(KeptTopic) as items:
            event = await read(items)
            assert (event.value.text, event.retained) == ("kept", True)
        await link.clear_retained(KeptTopic, Text(room="r"))
        async with link.subscribe(KeptTopic) as items:
            await link.publish(KeptTopic, Text(room="r", text="new"))
            event = await read(items)
            assert (event.value.text, event.retained) == ("new", False)


async def cut(link: nexus.Link) -> None:
    """Ends the link's connection without a word."""
    (await link.ready(None)).abort()


async def test_nothing_acknowledged_is_lost_or_doubled_when_links_are_cut() -> None:
    async with (
        routed() as router,
        nexus.connect(router.url) as publisher,
        nexus.connect(router.url) as link,
        link.subscribe(SureTopic) as items,
    ):

        async def publish_all() -> None:
            for n in range(300):
                await publisher.publish(SureTopic, Text(text=str(n)))
                if n % 100 == 50:
                    await cut(publisher)
                if n % 100 == 75:
                    await cut(link)

        publishing = asyncio.create_task(publish_all())
        seen: list[int] = []
        while len(seen) < 300:
            event = await read(items)
            if not event.redelivered:
                seen.append(int(event.value.text))
        await publishing
        assert seen == list(range(300))


async def test_a_killed_router_that_comes_back_is_found_again() -> None:
    told: list[str] = []
    handler = Say()
    async with (
        routed() as router,
        nexus.connect(router.url, on_diagnostic=lambda d: told.append(d.kind)) as link,
        link.subscribe(RoomTopic) as items,
    ):
        await link.serve(handler)
        client = SayClient(link)
        hanging = client.chat()
        await hanging.__aenter__()
        await hanging.send(Text(text="a"))
        assert (await anext(hanging)).text == "A"
        await router.kill()
        with pytest.raises(nexus.NexusError) as caught:
            await anext(hanging)
        assert caught.value.code is Code.UNAVAILABLE
        with pytest.raises(nexus.NexusError, match="UNAVAILABLE"):
            await client.echo(Text(), fail_fast=True)
        with pytest.raises(nexus.NexusError, match="UNAVAILABLE"):
            await link.publish(RoomTopic, Text(room="a"))
        waiting = asyncio.create_task(client.echo(Text(text="later")))
        await router.start()
        assert (await waiting).text == "later"
        assert isinstance(await anext(items), nexus.Gap)
        await link.publish(RoomTopic, Text(room="a", text="after"))
        item = await anext(items)
        assert isinstance(item, nexus.Event)
        assert item.value.text == "after"
    assert told[0] == "connected"
    assert "disconnected" in told


async def test_a_draining_router_lets_calls_finish() -> None:
    class Slow(Say):
        go = asyncio.Event()

        async def echo(self, request: Text, context: nexus.HandlerContext) -> Text:
            self.started.set()
            await self.go.wait()
            return request

    handler = Slow()
    async with routed() as router, nexus.connect(router.url) as link:
        await link.serve(handler)
        call = asyncio.create_task(SayClient(link).echo(Text(text="x")))
        await handler.started.wait()
        ending = asyncio.create_task(router.terminate())
        await asyncio.sleep(0)
        handler.go.set()
        assert (await call).text == "x"
        await link.close()
        await ending


async def test_the_first_connect_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nexus_bridge._link.CONNECT_SECONDS", 0.2)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"nexus://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(nexus.NexusError) as caught:
            async with nexus.connect(url):
                pass
    assert caught.value.code is Code.UNAVAILABLE
    assert url in caught.value.message
    assert "nexus start" in caught.value.message


@pytest.mark.parametrize(
    "url", ["nexus+tls://", "ws://h", "http://h", "nexus://", "nexus://h:port", "nexus+unix:x"]
)
def test_urls_that_are_not_supported_are_refused(url: str) -> None:
    with pytest.raises(nexus.NexusError) as caught:
        nexus.connect(url)
    assert caught.value.code is Code.INVALID_ARGUMENT
    assert url in caught.value.message
