"""The program's tables, and the operations on links and served handlers."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import nexus_bridge as nexus
from answers import BadOrder
from handler import EchoHandling, EchoState

DIAGNOSTICS_MAX = 10_000


@dataclass
class OpenLink:
    link: nexus.Link
    diagnostics: deque[str]


@dataclass
class Program:
    """Everything that the program holds; `state` counts it."""

    links: dict[str, OpenLink] = field(default_factory=dict)
    served: dict[str, tuple[str, nexus.Served]] = field(default_factory=dict)
    calls: dict[str, Any] = field(default_factory=dict)
    subscriptions: dict[str, Any] = field(default_factory=dict)
    orders: set[asyncio.Task[None]] = field(default_factory=set)
    echo: EchoState = field(default_factory=EchoState)
    running: int = 0

    def link(self, order: dict[str, Any]) -> nexus.Link:
        found = self.links.get(order["link"])
        if found is None:
            raise BadOrder(f"there is no link {order['link']}")
        return found.link

    def state(self, order: dict[str, Any]) -> dict[str, Any]:
        # Tasks that are neither orders nor the program itself are the SDK's.
        tasks = [task for task in asyncio.all_tasks() if task not in self.orders]
        return {
            "links": len(self.links),
            "services": len(self.served),
            "handlers": self.echo.running,
            "calls": self.running,
            "streams": len(self.calls),
            "subscriptions": len(self.subscriptions),
            "tasks": len(tasks),
        }


class LinkOperations:
    def __init__(self, program: Program) -> None:
        self._program = program

    def table(self) -> dict[str, Any]:
        return {
            "client.open": self.open,
            "client.close": self.close,
            "client.drain": self.drain,
            "serve": self.serve,
            "serve.drain": self.serve_drain,
            "diagnostics": self.diagnostics,
        }

    async def open(self, order: dict[str, Any]) -> dict[str, Any]:
        told: deque[str] = deque(maxlen=DIAGNOSTICS_MAX)
        ca = order.get("ca")
        connecting = nexus.connect(
            order["url"],
            token=order.get("token"),
            name=order.get("name", ""),
            tls=None if ca is None else ssl.create_default_context(cafile=ca),
            forward_metadata=order.get("forwardMetadata", ()),
            on_diagnostic=lambda diagnostic: told.append(diagnostic.kind),
        )
        timeout_ms = order.get("timeoutMs")
        try:
            async with asyncio.timeout(None if timeout_ms is None else timeout_ms / 1000):
                link = await connecting
        except TimeoutError as error:
            raise nexus.NexusError(nexus.Code.UNAVAILABLE, "no router in time") from error
        self._program.links[order["link"]] = OpenLink(link, told)
        return {}

    def _taken(self, order: dict[str, Any]) -> nexus.Link:
        link = self._program.link(order)
        name = order["link"]
        del self._program.links[name]
        for key, (of, _) in list(self._program.served.items()):
            if of == name:
                del self._program.served[key]
        return link

    async def close(self, order: dict[str, Any]) -> dict[str, Any]:
        await self._taken(order).close()
        return {}

    async def drain(self, order: dict[str, Any]) -> dict[str, Any]:
        await self._taken(order).drain(order.get("graceMs", 1000) / 1000)
        return {}

    async def serve(self, order: dict[str, Any]) -> dict[str, Any]:
        handler = EchoHandling(self._program.echo)
        link = self._program.link(order)
        served = await link.serve(handler, concurrency=order.get("concurrency"))
        self._program.served[order["key"]] = (order["link"], served)
        return {}

    async def serve_drain(self, order: dict[str, Any]) -> dict[str, Any]:
        _, served = self._program.served.pop(order["key"])
        await served.drain(order.get("graceMs", 1000) / 1000)
        return {}

    def diagnostics(self, order: dict[str, Any]) -> dict[str, Any]:
        found = self._program.links[order["link"]].diagnostics
        kinds = list(found)
        found.clear()
        return {"kinds": kinds}
