"""The operations on topics: publish, subscribe, read. Events come back as values, gaps as gaps."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, fields, replace
from typing import Any

import nexus_bridge as nexus
from answers import BadOrder, bytes_from, bytes_told, pairs_from, pairs_told
from conformance_schema.nexus.conformance import v1 as schema
from links import Program

PUBLISH = {"correlationId": "correlation_id", "contentType": "content_type", "priority": "priority"}


@dataclass
class Open:
    subscription: Any
    pending: asyncio.Task[Any] | None = None


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
    if item.correlation_id is not None:
        event["correlationId"] = item.correlation_id
    return {"event": event}


class TopicOperations:
    def __init__(self, program: Program) -> None:
        self._program = program

    def table(self) -> dict[str, Any]:
        return {
            "pub": self.publish,
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
        topic = self._topic(order)
        link = self._program.link(order)
        base = value_from(getattr(schema, order["topic"]), order.get("event", {}))
        count = order.get("count", 1)
        receipt = None
        for at in range(count):
            event = base if count == 1 else replace(base, number=base.number + at)
            receipt = await link.publish(topic, event, **options)
        position = receipt.position if receipt else None
        return {
            "position": position and {"epoch": position.epoch, "sequence": position.sequence},
            "duplicate": receipt.duplicate if receipt else False,
        }

    async def open(self, order: dict[str, Any]) -> dict[str, Any]:
        topic = self._topic(order)
        given = order.get("fields", {})
        pattern = topic.matching(**given) if given else topic
        subscription = self._program.link(order).subscribe(pattern, **order.get("options", {}))
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
            return item_told(pending.result())
        except StopAsyncIteration:
            return {"end": True}

    async def close(self, order: dict[str, Any]) -> dict[str, Any]:
        found = self._found(order)
        del self._program.subscriptions[order["sub"]]
        if found.pending is not None:
            found.pending.cancel()
            self._program.orders.discard(found.pending)
        await found.subscription.__aexit__(None, None, None)
        return {}
