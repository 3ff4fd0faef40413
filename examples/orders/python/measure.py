"""Calls something until every provider has answered it a few times, and prints what each took."""

import json
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable

PROVIDERS = os.environ.get("NEXUS_EXAMPLE_PROVIDERS", "python").split(",")
ROUNDS = 5

failed = False


def report(**line: object) -> None:
    global failed
    failed = failed or "error" in line
    print(json.dumps(line), flush=True)


async def measure(name: str, call: Callable[[], Awaitable[str]]) -> None:
    """One line for each provider: `call` answers with the name of the one that served it."""
    times: dict[str, list[float]] = {provider: [] for provider in PROVIDERS}
    try:
        for _ in range(ROUNDS * len(PROVIDERS)):
            started = time.perf_counter()
            provider = await call()
            times.setdefault(provider, []).append((time.perf_counter() - started) * 1_000)
    except Exception as error:
        report(call=name, error=f"{type(error).__name__}: {error}")
        return
    for provider in PROVIDERS:
        if times[provider]:
            report(call=name, provider=provider, ms=statistics.median(times[provider]))
        else:
            report(call=name, provider=provider, error="never answered")


async def measure_answers(name: str, started: float, answers: AsyncIterator[str]) -> None:
    """For a topic: collects answers until every provider's is there."""
    missing = set(PROVIDERS)
    async for provider in answers:
        if provider in missing:
            missing.remove(provider)
            report(call=name, provider=provider, ms=(time.perf_counter() - started) * 1_000)
        if not missing:
            return


def finish() -> None:
    """Ends the program with 1 when anything went wrong."""
    sys.exit(1 if failed else 0)
