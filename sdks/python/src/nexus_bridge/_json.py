"""`to_json` and `from_json`: messages as proto-JSON text."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NoReturn, TypeVar

from ._errors import CodecError
from ._json_read import Reader
from ._json_registry import NO_TYPES, Registry
from ._json_text import JsonError
from ._json_write import write
from ._message import Message

M = TypeVar("M", bound=Message)


def to_json(
    message: Message,
    *,
    registry: Registry | Iterable[type[Any]] = NO_TYPES,
    indent: int | None = None,
) -> str:
    """The message as proto-JSON; `registry` has the types that an Any inside may be of.

    Raises `JsonError` for what JSON cannot say, for example a Timestamp beyond the year 9999.
    """
    try:
        value = write(message, _registry(registry))
        separators = (",", ":") if indent is None else None
        return json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
    except JsonError as error:
        raise error.of(message.__nexus_name__) from None
    except CodecError as error:
        raise JsonError(f"{message.__nexus_name__}: {error.message}", cause=error) from None
    except (AttributeError, TypeError, ValueError) as error:
        text = f"{message.__nexus_name__}: a value is not of its field's type: {error}"
        raise JsonError(text, cause=error) from error


def from_json(
    message: type[M],
    text: str | bytes,
    *,
    registry: Registry | Iterable[type[Any]] = NO_TYPES,
    ignore_unknown: bool = False,
) -> M:
    """Reads a message from proto-JSON.

    Raises `JsonError`, which names the type and the field. Fields that the schema does not have
    are an error, unless `ignore_unknown`.
    """
    name = message.__nexus_name__
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_number,
        )
        return Reader(_registry(registry), ignore_unknown=ignore_unknown).message(message, value)
    except JsonError as error:
        raise error.of(name) from None
    except RecursionError:
        raise JsonError(f"{name}: the text is nested too deeply") from None
    except (CodecError, ValueError) as error:
        raise JsonError(f"{name}: {error}", cause=error) from None


def _registry(given: Registry | Iterable[type[Any]]) -> Registry:
    return given if isinstance(given, Registry) else Registry(given)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise JsonError(f"an object has the name {twice!r} twice")
    return members


def _constant(name: str) -> NoReturn:
    raise JsonError(f"{name} is no number of JSON; write it as text")


def _number(text: str) -> Decimal:
    if len(text) > 800:
        raise JsonError("a number has more than 800 digits")
    return Decimal(text)
