"""Extensions of proto2 and editions: fields that a message does not know. They stand among its unknown fields.

Each is a message of its own with the extension as its only field, and is read and written there as that."""

from __future__ import annotations

from typing import Any, TypeVar

from ._message import Message, decode, encode

E = TypeVar("E", bound=Message)


def get_extension(message: Any, extension: type[E]) -> E:
    """The extension of `message`; its field is None or empty where the message does not have it."""
    _check(message, extension)
    held = decode(extension, message.unknown_fields)
    held.unknown_fields = b""  # type: ignore[attr-defined]  # pyright: ignore
    return held


def set_extension(message: Any, extension: Message) -> None:
    """Gives `message` the extension's value, in place of one that it has."""
    _check(message, type(extension))
    others: Any = decode(type(extension), message.unknown_fields)
    message.unknown_fields = others.unknown_fields + encode(extension)


def _check(message: Any, extension: type[Message]) -> None:
    for extendee in extension.__nexus_extendee__:
        if type(message) is extendee():
            return
    raise TypeError(f"{extension.__nexus_name__} does not extend {type(message).__name__}")
