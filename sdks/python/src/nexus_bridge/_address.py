"""Where a router is: the URL that `connect` takes, and how its bytes are reached."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from ._errors import Code, NexusError
from ._tls import tls_context, tls_error

PORT = 5673
DEFAULT_URL = f"nexus://127.0.0.1:{PORT}"
LATER = {
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
    tls: ssl.SSLContext | None = None

    async def dial(self, protocol: Callable[[], asyncio.Protocol]) -> None:
        """Raises OSError while nobody listens there, NexusError for a certificate that is not to be trusted."""
        loop = asyncio.get_running_loop()
        if self.tls is not None:
            try:
                await loop.create_connection(
                    protocol, self.host, self.port, ssl=self.tls, server_hostname=self.host
                )
            except OSError as error:
                raise tls_error(self.host, self.port, error) from error
        elif self.path is None:
            await loop.create_connection(protocol, self.host, self.port)
        else:
            await loop.create_unix_connection(protocol, self.path)


def parse_address(url: str | None, tls: ssl.SSLContext | None = None) -> Address:
    """`url`, else `NEXUS_URL`, else the default; INVALID_ARGUMENT says what is wrong with it."""
    url = url or os.environ.get("NEXUS_URL") or DEFAULT_URL
    parts = urlsplit(url)
    if tls is not None and parts.scheme != "nexus+tls":
        raise _invalid(
            f"{url}: this address has no TLS, so tls= would do nothing; use nexus+tls://"
        )
    if parts.scheme in LATER:
        raise _invalid(
            f"{url}: {LATER[parts.scheme]}; use nexus://host[:{PORT}], nexus+tls:// or nexus+unix:///path"
        )
    if parts.scheme == "nexus+unix":
        if parts.netloc or not parts.path.startswith("/"):
            raise _invalid(f"{url}: write nexus+unix:///absolute/path")
        return Address(url, "", 0, unquote(parts.path))
    if parts.scheme not in ("nexus", "nexus+tls") or parts.path not in ("", "/"):
        raise _invalid(f"{url}: write nexus://host[:{PORT}], nexus+tls:// or nexus+unix:///path")
    try:
        port = PORT if parts.port is None else parts.port
    except ValueError as error:
        raise _invalid(f"{url}: {error}") from None
    if not parts.hostname:
        raise _invalid(f"{url}: the host is missing")
    context = tls_context(tls) if parts.scheme == "nexus+tls" else None
    return Address(url, parts.hostname, port, None, context)


def _invalid(message: str) -> NexusError:
    return NexusError(Code.INVALID_ARGUMENT, message)
