"""Where a router is: the URL that `connect` takes, and how its bytes are reached."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from ._errors import Code, NexusError

PORT = 5673
DEFAULT_URL = f"nexus://127.0.0.1:{PORT}"
LATER = {
    "nexus+tls": "TLS is not supported by this version of the Python SDK",
    "ws": "WebSocket is not supported by this version of the Python SDK",
    "wss": "WebSocket is not supported by this version of the Python SDK",
    "memory": "call nexus.memory_link() for a link without a router",
}


@dataclass(frozen=True, slots=True)
class Address:
    """A router's place: a path, or a host and a port."""

    url: str
    host: str
    port: int
    path: str | None

    async def dial(self, protocol: Callable[[], asyncio.Protocol]) -> None:
        """Raises OSError while nobody listens there."""
        loop = asyncio.get_running_loop()
        if self.path is None:
            await loop.create_connection(protocol, self.host, self.port)
        else:
            await loop.create_unix_connection(protocol, self.path)


def parse_address(url: str | None) -> Address:
    """`url`, else `NEXUS_URL`, else the default; INVALID_ARGUMENT says what is wrong with it."""
    url = url or os.environ.get("NEXUS_URL") or DEFAULT_URL
    parts = urlsplit(url)
    if parts.scheme in LATER:
        raise _invalid(
            f"{url}: {LATER[parts.scheme]}; use nexus://host[:{PORT}] or nexus+unix:///path"
        )
    if parts.scheme == "nexus+unix":
        if parts.netloc or not parts.path.startswith("/"):
            raise _invalid(f"{url}: write nexus+unix:///absolute/path")
        return Address(url, "", 0, unquote(parts.path))
    if parts.scheme != "nexus" or parts.path not in ("", "/"):
        raise _invalid(f"{url}: write nexus://host[:{PORT}] or nexus+unix:///path")
    try:
        port = PORT if parts.port is None else parts.port
    except ValueError as error:
        raise _invalid(f"{url}: {error}") from None
    if not parts.hostname:
        raise _invalid(f"{url}: the host is missing")
    return Address(url, parts.hostname, port, None)


def _invalid(message: str) -> NexusError:
    return NexusError(Code.INVALID_ARGUMENT, message)
