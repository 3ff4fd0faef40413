"""The operations on topics: publish, subscribe, read. Events come back as values, gaps as gaps."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from typing import Any

import nexus_bridge as nexus
from answers import BadOrder, bytes_from, bytes_told, pairs_from, pairs_told
from conformance_schema.nexus.conformance import v1 as schema
from links import Program

EVENTS_KEPT = 256
SUBSCRIBE = {"ackWaitMs": "ack_wait", "expiryMs": "expiry"}
PUBLISH = {"correlationId": "correlation_id", "contentType": "content_type", "priority": "priority"}


@dataclass
class Open:
    subscription: Any
    pending: asyncio.Task[Any] | None = None
    last: Any = None
    events: dict[int, Any] = field(default_factory=dict)
    """The latest by their delivery, for answers out of order."""


def value_from(kind: Any, told: dict[str, Any]) -> Any:
    value = {
        key: bytes_from(each) if key == "payload" else int(each) if key == "number" else each
        for key, each in told.items()
    }
    return kind(**value)


def value_told(value: Any) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for field in fields(value):
        each = getattr(value, field.name)
        if field.name == "unknown_fields":
            continue
        if isinstance(each, bytes):
            told[field.name] = bytes_told(each)
        elif field.name == "number" and type(value) is schema.Spelt:
            told[field.name] = str(each)
        else:
            told[field.name] = each
    return told


def start_from(told: Any) -> Any:
    if isinstance(told, str):
        return told
    if "ageMs" in told:
        return timedelta(milliseconds=told["ageMs"])
    return {
        each["topic"]: nexus.Position(each["epoch"], each["sequence"]) for each in told["positions"]
    }


def subscribe_options(told: dict[str, Any]) -> dict[str, Any]:
    """The names of the TypeScript SDK, and times in milliseconds, as Python spells them."""
    options: dict[str, Any] = {}
    for key, value in told.items():
        if key in SUBSCRIBE:
            options[SUBSCRIBE[key]] = value / 1000
        elif key == "maxUnacked":
            options["max_unacked"] = value
        else:
            options[key] = start_from(value) if key == "start" else value
    return options


def position_told(position: Any) -> Any:
    return position and {"epoch": position.epoch, "sequence": position.sequence}


def item_told(item: Any) -> dict[str, Any]:
    if isinstance(item, nexus.Gap):
        gap = {"topic": item.topic, "count": item.count, "reason": item.reason}
        for name in ("epoch", "first", "last"):
            if getattr(item, name) is not None:
                gap[name] = getattr(item, name)
        return {"gap": gap}
    event: dict[str, Any] = {
        "value": value_told(item.value),
        "topic": item.topic,
        "delivery": item.delivery,
        "retained": item.retained,
        "redelivered": item.redelivered,
        "attempt": item.attempt,
        "metadata": pairs_told(item.metadata),
        "published": item.published_at is not None,
    }
    if item.position is not None:
        event["position"] = position_told(item.position)
    if item.content_type is not None:
        event["contentType"] = item.content_type
    if item.dead_letter_reason is not None:
        event["deadLetterReason"] = item.dead_letter_reason
    if item.correlation_id is not None:
        event["correlationId"] = item.correlation_id
    return {"event": event}


class TopicOperations:
    def __init__(self, program: Program) -> None:
        self._program = program

    def table(self) -> dict[str, Any]:
        return {
            "pub": self.publish,
            "pub.clear": self.clear,
            "sub.settle": self.settle,
            "sub.open": self.open,
            "sub.next": self.next,
            "sub.close": self.close,
        }

    @staticmethod
    def _topic(order: dict[str, Any]) -> Any:
        topic = getattr(schema, f"{order['topic']}Topic", None)
        if topic is None:
            raise BadOrder(f"no topic {order['topic']}")
        return topic

    def _found(self, order: dict[str, Any]) -> Open:
        found = self._program.subscriptions.get(order["sub"])
        if found is None:
            raise BadOrder(f"there is no subscription {order['sub']}")
        return found

    async def publish(self, order: dict[str, Any]) -> dict[str, Any]:
        told = order.get("options", {})
        options: dict[str, Any] = {PUBLISH[key]: told[key] for key in PUBLISH if key in told}
        if "metadata" in told:
            options["metadata"] = pairs_from(told["metadata"])
        if "ttlMs" in told:
            options["ttl"] = told["ttlMs"] / 1000
        if "timeoutMs" in told:
            options["timeout"] = None if told["timeoutMs"] is None else told["timeoutMs"] / 1000
        topic = self._topic(order)
        link = self._program.link(order)
        base = value_from(getattr(schema, order["topic"]), order.get("event", {}))
        count = order.get("count", 1)
        events = [
            base if count == 1 else replace(base, number=base.number + at) for at in range(count)
        ]
        receipts = await asyncio.gather(
            *(link.publish(topic, event, **options) for event in events)
        )
        last = receipts[-1]
        return {"position": position_told(last.position), "duplicate": last.duplicate}

    async def clear(self, order: dict[str, Any]) -> dict[str, Any]:
        value = value_from(getattr(schema, order["topic"]), order.get("event", {}))
        await self._program.link(order).clear_retained(self._topic(order), value)
        return {}

    async def settle(self, order: dict[str, Any]) -> dict[str, Any]:
        found = self._found(order)
        event = found.events.get(order["delivery"]) if "delivery" in order else found.last
        if not isinstance(event, nexus.Event):
            raise BadOrder("there is no such event")
        if "delayMs" in order:
            event.nack(delay=order["delayMs"] / 1000)
        else:
            getattr(event, order["how"])()
        return {}

    async def open(self, order: dict[str, Any]) -> dict[str, Any]:
        topic = self._topic(order)
        given = order.get("fields", {})
        pattern = topic.matching(**given) if given else topic
        subscription = self._program.link(order).subscribe(
            pattern, **subscribe_options(order.get("options", {}))
        )
        await subscription.__aenter__()
        self._program.subscriptions[order["sub"]] = Open(subscription)
        return {"pattern": pattern.pattern}

    async def next(self, order: dict[str, Any]) -> dict[str, Any]:
        """The next item, or nothing where none came in time; what is waited for is kept."""
        found = self._found(order)
        if found.pending is None:
            found.pending = asyncio.ensure_future(anext(found.subscription))
            self._program.orders.add(found.pending)
        done, _ = await asyncio.wait([found.pending], timeout=order.get("withinMs", 2000) / 1000)
        if not done:
            return {"none": True}
        pending, found.pending = found.pending, None
        self._program.orders.discard(pending)
        try:
            item = found.last = pending.result()
        except StopAsyncIteration:
            return {"end": True}
        if isinstance(item, nexus.Event):
            found.events[item.delivery] = item
            found.events.pop(item.delivery - EVENTS_KEPT, None)
        return item_told(item)

    async def close(self, order: dict[str, Any]) -> dict[str, Any]:
        found = self._found(order)
        del self._program.subscriptions[order["sub"]]
        if found.pending is not None:
            found.pending.cancel()
            self._program.orders.discard(found.pending)
        await found.subscription.__aexit__(None, None, None)
        return {}
