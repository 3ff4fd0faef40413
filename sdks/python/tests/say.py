"""A small service and two topics by hand: the shape that generated code has, for tests of the runtime alone."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Self, Unpack

import nexus_bridge as nexus
from nexus_bridge._client import Client
from nexus_bridge._descriptors import Method, Service, Topic
from nexus_bridge._errors import SchemaError, unimplemented
from nexus_bridge._memory import fake_link
from nexus_bridge._message import Message, register
from nexus_bridge._serve import Handler
from nexus_bridge._streams import Duplex, ServerStream
from nexus_bridge._topic_text import TopicField
from nexus_bridge._wire import DecodeError


@dataclass(slots=True, kw_only=True)
class Text(Message):
    text: str = ""
    room: str = ""


def _write(message: Text, out: bytearray) -> None:
    out += f"{message.room}|{message.text}".encode()


def _read(message: Text | None, data: bytes, position: int, end: int, depth: int) -> Text:
    room, bar, text = data[position:end].decode().partition("|")
    if not bar:
        raise DecodeError("no bar in it", position)
    return Text(room=room, text=text)


def _validate(message: Text, path: str, found: list[Any]) -> None:
    from nexus_bridge._rules import check_max_length

    check_max_length(found, path + "room", message.room, 8)


register(Text, name="say.Text", fingerprint=7, write=_write, read=_read, validate=_validate)


class TooLoudError(SchemaError[Text]):
    message_type = Text
    code = nexus.Code.FAILED_PRECONDITION
    retryable = False


def _method(name: str, shape: Any, **more: Any) -> Method[Text, Text]:
    return Method(service="say.Say", name=name, shape=shape, request=Text, response=Text, **more)


ECHO = _method("Echo", "unary", idempotent=True, errors=(TooLoudError,))
COUNT = _method("Count", "server_stream")
JOIN = _method("Join", "client_stream")
CHAT = _method("Chat", "bidi")
MISSING = _method("Missing", "unary")
SERVICE = Service(
    name="say.Say",
    methods={"echo": ECHO, "count": COUNT, "join": JOIN, "chat": CHAT, "missing": MISSING},
)

RoomTopic: Topic[Text] = Topic(message=Text, tokens=("rooms", TopicField("room", "string"), "said"))
KeptTopic: Topic[Text] = Topic(
    message=Text, tokens=("kept", TopicField("room", "string")), retained=True
)
SureTopic: Topic[Text] = Topic(message=Text, tokens=("sure",), qos=1)


class SayClient(Client):
    async def echo(self, request: Text, /, **options: Unpack[nexus.CallOptions]) -> Text:
        return await self._nexus_unary(ECHO, request, options)

    def count(self, request: Text, /, **options: Unpack[nexus.CallOptions]) -> ServerStream[Text]:
        return self._nexus_server_stream(COUNT, request, options)

    async def join(
        self,
        requests: AsyncIterable[Text] | Iterable[Text],
        /,
        **options: Unpack[nexus.CallOptions],
    ) -> Text:
        return await self._nexus_client_stream(JOIN, requests, options)

    def chat(self, /, **options: Unpack[nexus.CallOptions]) -> Duplex[Text, Text]:
        return self._nexus_bidi(CHAT, options)

    async def missing(self, request: Text, /, **options: Unpack[nexus.CallOptions]) -> Text:
        return await self._nexus_unary(MISSING, request, options)

    @classmethod
    def fake(cls, handler: SayHandler, /) -> Self:
        return cls(fake_link(handler))


class SayHandler(Handler):
    __nexus_service__: ClassVar[Service] = SERVICE

    async def echo(self, request: Text, context: nexus.HandlerContext) -> Text:
        raise unimplemented(ECHO.path)

    def count(self, request: Text, context: nexus.HandlerContext) -> AsyncIterator[Text]:
        raise unimplemented(COUNT.path)

    async def join(self, requests: AsyncIterator[Text], context: nexus.HandlerContext) -> Text:
        raise unimplemented(JOIN.path)

    def chat(
        self, requests: AsyncIterator[Text], context: nexus.HandlerContext
    ) -> AsyncIterator[Text]:
        raise unimplemented(CHAT.path)

    async def missing(self, request: Text, context: nexus.HandlerContext) -> Text:
        raise unimplemented(MISSING.path)
