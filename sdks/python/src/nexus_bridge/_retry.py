"""When a call may be tried again, and how long to wait: full jitter, and a budget of one retry in ten calls."""

from __future__ import annotations

import random

from ._errors import Code, NexusError

RETRIES_MAX = 2
BUDGET_SHARE = 0.1
BUDGET_MAX = 10.0
CALL_BACKOFF_SECONDS = 0.02
CALL_BACKOFF_MAX_SECONDS = 0.5
DIAL_BACKOFF_SECONDS = 0.1
DIAL_BACKOFF_MAX_SECONDS = 5.0
WORTH_TRYING = (Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED)


class RetryBudget:
    """Each call pays in a tenth of a retry; each retry takes a whole one."""

    __slots__ = ("_tokens",)

    def __init__(self) -> None:
        self._tokens = BUDGET_MAX

    def pay_in(self) -> None:
        if self._tokens < BUDGET_MAX:
            self._tokens = min(BUDGET_MAX, self._tokens + BUDGET_SHARE)

    def take(self) -> bool:
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def may_retry(error: NexusError, attempt: int, *, idempotent: bool) -> bool:
    """`attempt` counts from 0."""
    if attempt >= RETRIES_MAX or error.code not in WORTH_TRYING:
        return False
    return error.not_executed or (idempotent and error.code is Code.UNAVAILABLE)


def call_backoff(attempt: int) -> float:
    return random.uniform(0, min(CALL_BACKOFF_MAX_SECONDS, CALL_BACKOFF_SECONDS * 2**attempt))


def dial_backoff(attempt: int) -> float:
    return random.uniform(0, min(DIAL_BACKOFF_MAX_SECONDS, DIAL_BACKOFF_SECONDS * 2**attempt))
