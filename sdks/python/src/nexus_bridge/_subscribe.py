"""What a subscriber may ask for, checked before it is sent. What the router does not have it refuses itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from . import _frame as f
from ._control import Start, Subscribe
from ._errors import Code, NexusError
from ._gen_constants import LIMITS
from ._options import SubscribeOptions
from ._places import start_of

if TYPE_CHECKING:
    from ._descriptors import TopicPattern

CREDIT: Final = LIMITS["subscription_credit"]
CREDIT_MAX: Final = 1_000_000
ACK_WAIT_MS_MIN: Final = 100
ACK_WAIT_MS_MAX: Final = 3_600_000
UNACKED_MAX: Final = 10_000
EXPIRY_MS_MAX: Final = 86_400_000
ORDERINGS: Final = {"none": 0, "key": 1}
RETAINED: Final = {"new": 0, "always": 1, "never": 2}
SLOW: Final = {"drop_old": 1, "drop_new": 2, "latest": 3, "disconnect": 4, "block": 5}
ACKS: Final = {"auto": False, "manual": True}


def subscribe_payload(
    pattern: TopicPattern[Any], options: SubscribeOptions, start: Start | None
) -> Subscribe:
    """`start` is where an earlier session ended, and goes before what the options say."""
    return Subscribe(
        pattern=pattern.pattern,
        group=options.get("group", ""),
        ordering=ORDERINGS[options.get("ordering", "none")],
        qos=options.get("qos", pattern.qos),
        start=start or start_of(options.get("start", "latest")),
        retained=RETAINED[options.get("retained", "new")],
        slow=SLOW[options["slow"]] if "slow" in options else 0,
        consumer=options.get("consumer", ""),
        ack_wait_ms=_ms(options.get("ack_wait", 0)),
        max_unacked=options.get("max_unacked", 0),
        expiry_ms=_ms(options.get("expiry", 0)),
        attributes=options.get("attributes", False),
        fingerprint=pattern.message.__nexus_fingerprint__,
    )


def check_options(pattern: TopicPattern[Any], options: SubscribeOptions) -> None:
    """INVALID_ARGUMENT where an option is out of its range, or does not go with another."""
    _one_of("ordering", options.get("ordering"), ORDERINGS)
    _one_of("retained", options.get("retained"), RETAINED)
    _one_of("slow", options.get("slow"), SLOW)
    _one_of("ack", options.get("ack"), ACKS)
    _within("credit", options.get("credit"), 1, CREDIT_MAX)
    _within("priority", options.get("priority"), 1, 7)
    _within("max_unacked", options.get("max_unacked"), 1, UNACKED_MAX)
    if "ack_wait" in options:
        _within("ack_wait", options["ack_wait"], ACK_WAIT_MS_MIN / 1000, ACK_WAIT_MS_MAX / 1000)
    if "expiry" in options:
        _within("expiry", options["expiry"], 0.001, EXPIRY_MS_MAX / 1000)
    start_of(options.get("start", "latest"))
    qos = options.get("qos", pattern.qos)
    if qos == 0 and options.get("slow") == "block":
        raise _wrong('slow is "block", which only subscriptions of QoS 1 have')
    if qos == 0 and options.get("ack") == "manual":
        raise _wrong('ack is "manual", but at QoS 0 nothing is acknowledged')
    if "expiry" in options and "consumer" not in options:
        raise _wrong("expiry is for a consumer: name one")
    if "consumer" in options and "group" in options:
        raise _wrong("a consumer and a group exclude each other: leave one out")


def class_of(options: SubscribeOptions) -> int:
    return options.get("priority", f.PRIORITY_DEFAULT) << 5


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _one_of(what: str, value: object, allowed: dict[str, Any]) -> None:
    if value is not None and value not in allowed:
        raise _wrong(f"{what} is {value!r}; use one of {', '.join(allowed)}")


def _within(what: str, value: float | None, least: float, most: float) -> None:
    if value is not None and not least <= value <= most:
        raise _wrong(f"{what} is {value}; use {least:g} to {most:g}")


def _wrong(message: str) -> NexusError:
    return NexusError(Code.INVALID_ARGUMENT, message)
