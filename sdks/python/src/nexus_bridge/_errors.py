"""The errors of the SDK: one base type, and the generic base of the errors that a schema declares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from ._gen_constants import RETRYABLE, Code, LinkCode, Reason

if TYPE_CHECKING:
    from ._well_known import Any as AnyMessage

__all__ = [
    "Code",
    "CodecError",
    "LinkCode",
    "NexusError",
    "Reason",
    "SchemaError",
    "unimplemented",
]

T_co = TypeVar("T_co", covariant=True)


class NexusError(Exception):
    """Why a call, a publish or a link failed.

    Compare `code` (and `reason` where it matters); `message` is for people and may change.
    """

    code: Code
    reason: Reason | None
    message: str
    retryable: bool
    details: tuple[AnyMessage, ...]
    not_executed: bool
    """The peer certainly did not start to execute the request."""

    def __init__(
        self,
        code: Code,
        message: str = "",
        *,
        reason: Reason | None = None,
        retryable: bool | None = None,
        details: Sequence[AnyMessage] = (),
        cause: BaseException | None = None,
        not_executed: bool = False,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.retryable = code in RETRYABLE if retryable is None else retryable
        self.details = tuple(details)
        self.not_executed = not_executed
        if cause is not None:
            self.__cause__ = cause

    @property
    def cause(self) -> BaseException | None:
        """What led to this error in the own process."""
        return self.__cause__

    def __str__(self) -> str:
        reason = f" ({self.reason.name})" if self.reason is not None else ""
        return f"{self.code.name}{reason}: {self.message}"


class SchemaError(NexusError, Generic[T_co]):
    """A message with `(nexus.error)`; generated code derives one class from it for each.

    A subclass sets `message_type`, `code` and `retryable`; `detail` is the message itself.
    """

    message_type: ClassVar[type[Any]]
    detail: T_co

    def __init__(
        self,
        detail: T_co,  # pyright: ignore[reportGeneralTypeIssues]
        /,
        message: str = "",
        *,
        cause: BaseException | None = None,
    ) -> None:
        kind = type(self)
        super().__init__(kind.code, message or kind.__name__, retryable=kind.retryable, cause=cause)
        self.detail = detail

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if "message_type" in cls.__dict__:
            _unnamed.append(cls)


_unnamed: list[type[SchemaError[Any]]] = []
_named: dict[str, type[SchemaError[Any]]] = {}


def schema_error(name: str) -> type[SchemaError[Any]] | None:
    """The error whose message has the full name `name`, if the process has imported it."""
    while _unnamed:
        kind = _unnamed.pop()
        _named[kind.message_type.__nexus_name__] = kind
    return _named.get(name)


class CodecError(NexusError):
    """Bytes that are not a valid encoding of the message that they should hold."""

    def __init__(self, message: str, *, cause: BaseException | None = None) -> None:
        super().__init__(Code.DATA_LOSS, message, cause=cause)


def unimplemented(method: str) -> NexusError:
    """The answer of a handler whose `method` nobody wrote."""
    return NexusError(Code.UNIMPLEMENTED, f"{method} is not implemented by this handler")
