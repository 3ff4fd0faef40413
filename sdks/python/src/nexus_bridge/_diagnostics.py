"""What a link tells of its own life: values for the `on_diagnostic` callback."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from ._gen_constants import Code

logger = logging.getLogger("nexus_bridge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """Which other fields are set follows from `kind`."""

    kind: Literal["connected", "disconnected", "draining", "retry", "gap", "slow", "refused"]
    cause: BaseException | None = None
    """disconnected: why."""
    retry_in: float | None = None
    """disconnected: seconds until the next attempt, None when there is none."""
    method: str | None = None
    attempt: int | None = None
    code: Code | None = None
    gap: Any | None = None
    queue_bytes: int | None = None
    reason: str | None = None
    """refused: what the router would not do, and why."""


OnDiagnostic: TypeAlias = Callable[[Diagnostic], None]


def tell(listener: OnDiagnostic | None, diagnostic: Diagnostic) -> None:
    """A callback that fails is logged; it never disturbs the link."""
    if listener is None:
        return
    try:
        listener(diagnostic)
    except Exception:
        logger.exception("on_diagnostic failed")
