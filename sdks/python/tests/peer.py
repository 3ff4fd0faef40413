"""The router, played by a test on a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from struct import pack
from typing import Any
from zlib import crc32

import nexus_bridge as nexus
from nexus_bridge import _frame as f
from nexus_bridge._control import Welcome, encode
from nexus_bridge._frame import FrameDecoder, frame

WELCOME = frame(f.WELCOME, 0, 0, payload=encode(Welcome(wire=1, heartbeat_ms=10_000)))


async def connected(url: str, **options: Any) -> nexus.Link:
    return await nexus.connect(url, **options)


class Frame:
    """A frame that the link sent."""

    def __init__(
        self, type: int, flags: int, class_: int, stream: int, route: int, arg: int, crc: int,
        meta: bytes, payload: bytes,
    ) -> None:  # fmt: skip
        self.type = type
        self.flags = flags
        self.stream = stream
        self.route = route
        self.arg = arg
        self.meta = meta
        self.payload = payload


class Peer:
    """The router's side of one connection, played by the test."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._frames: list[Frame] = []
        self._decoder = FrameDecoder(lambda *fields: self._frames.append(Frame(*fields)))

    async def greet(self) -> Frame:
        assert await self._reader.readexactly(8) == f.PREFACE
        hello = await self.next()
        assert hello.type == f.HELLO
        self.send(f.PREFACE)
        return hello

    def send(self, *data: bytes) -> None:
        self._writer.write(b"".join(data))

    async def next(self, *types: int) -> Frame:
        """The next frame, of one of `types` where they are given."""
        while True:
            while self._frames:
                found = self._frames.pop(0)
                if not types or found.type in types:
                    return found
            data = await self._reader.read(1 << 16)
            assert data, "the link closed"
            self._decoder.feed(data)

    async def closed(self) -> None:
        while await self._reader.read(1 << 16):
            pass

    def close(self) -> None:
        self._writer.close()


class Script:
    """Connections in the order in which they came."""

    def __init__(self, url: str, peers: asyncio.Queue[Peer]) -> None:
        self.url = url
        self._peers = peers

    async def accept(self) -> Peer:
        return await self._peers.get()

    async def welcomed(self) -> Peer:
        peer = await self.accept()
        await peer.greet()
        peer.send(WELCOME)
        return peer


@asynccontextmanager
async def scripted() -> AsyncGenerator[Script]:
    peers: asyncio.Queue[Peer] = asyncio.Queue()
    server = await asyncio.start_server(
        lambda reader, writer: peers.put_nowait(Peer(reader, writer)), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    async with asyncio.timeout(20):
        yield Script(f"nexus://127.0.0.1:{port}", peers)
    server.close()


@asynccontextmanager
async def linked() -> AsyncGenerator[tuple[nexus.Link, Peer, Script]]:
    async with scripted() as script:
        connecting = asyncio.create_task(connected(script.url))
        peer = await script.welcomed()
        link = await connecting
        try:
            yield link, peer, script
        finally:
            await link.close()


def raw(type: int, flags: int = 0, stream: int = 0, *, payload: bytes = b"", crc: int = 0) -> bytes:
    head = pack(">IBBHHBBIIII", len(payload), 16, type, flags, 0, 0x80, 16, stream, 0, 0, crc)
    return head + pack(">I", crc32(head)) + payload
