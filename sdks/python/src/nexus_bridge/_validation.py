"""Runs a message's generated rules and turns what they find into one error."""

from __future__ import annotations

from typing import Any

from ._control import encode_violations
from ._errors import Code, NexusError
from ._message import validate
from ._well_known import Any as AnyMessage

VALIDATION_FAILED = "type.googleapis.com/nexus.v1.ValidationFailed"


def check(message: Any) -> None:
    """INVALID_ARGUMENT with every violation in its detail."""
    if message.__nexus_validate__ is None:
        return
    found = validate(message)
    if found:
        first = found[0]
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise NexusError(
            Code.INVALID_ARGUMENT,
            f"{first.field} {first.text}{more}",
            details=[
                AnyMessage(
                    type_url=VALIDATION_FAILED,
                    value=encode_violations([(v.field, v.rule, v.text) for v in found]),
                )
            ],
            not_executed=True,
        )
