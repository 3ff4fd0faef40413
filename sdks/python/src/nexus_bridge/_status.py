"""From NexusError to STATUS and back, and the 16-bit codes of the other frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ._control import Detail, Status, read_control
from ._errors import Code, NexusError, Reason, SchemaError, schema_error
from ._message import Message, decode, encode
from ._well_known import Any as AnyMessage

if TYPE_CHECKING:
    from ._descriptors import Method

TYPE_URL = "type.googleapis.com/"
CODES = {code.value: code for code in Code}
REASONS = {reason.value: reason for reason in Reason}


def pack_code(error: NexusError) -> int:
    """gRPC's code in the low byte, the reason in the high one."""
    return error.code.value | (0 if error.reason is None else error.reason.value << 8)


def unpack_code(packed: int, message: str) -> NexusError:
    code = CODES.get(packed & 0xFF, Code.UNKNOWN)
    return NexusError(code, message, reason=REASONS.get(packed >> 8 & 0xFF))


def status_of(error: NexusError) -> bytes:
    """The payload of STATUS."""
    details = [Detail(type_url=each.type_url, value=each.value) for each in error.details]
    if isinstance(error, SchemaError):
        detail = cast(Message, error.detail)  # pyright: ignore[reportUnknownMemberType]
        url = TYPE_URL + type(detail).__nexus_name__
        details.insert(0, Detail(type_url=url, value=encode(detail)))
    reason = 0 if error.reason is None else error.reason.value
    return encode(Status(message=error.message, reason=reason, details=details))


def error_of(
    code: int, payload: bytes, method: Method[Any, Any] | None, *, not_executed: bool
) -> NexusError:
    """What a STATUS that is not OK says; a schema error where the process knows its type."""
    status = read_control(Status, payload)
    kind = CODES.get(code, Code.UNKNOWN)
    for detail in status.details:
        name = detail.type_url.removeprefix(TYPE_URL)
        found = _schema_error(name, method)
        if found is None or found.code is not kind:
            continue
        try:
            return found(decode(found.message_type, detail.value), status.message)
        except Exception:  # a detail of a newer, incompatible schema: the base error has it raw
            break
    return NexusError(
        kind,
        status.message,
        reason=REASONS.get(status.reason),
        details=[AnyMessage(type_url=each.type_url, value=each.value) for each in status.details],
        not_executed=not_executed,
    )


def _schema_error(name: str, method: Method[Any, Any] | None) -> type[SchemaError[Any]] | None:
    for kind in () if method is None else method.errors:
        if kind.message_type.__nexus_name__ == name:
            return kind
    return schema_error(name)
