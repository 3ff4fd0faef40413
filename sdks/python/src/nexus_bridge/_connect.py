"""`connect`: from a URL to a link that is ready."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Generator, Iterable, Sequence
from types import TracebackType
from typing import Any

from ._address import parse_address
from ._diagnostics import OnDiagnostic
from ._interceptors import Interceptor
from ._link import Link


class Connecting:
    """What `connect` gives: `async with` it, or `await` it and close the link yourself."""

    def __init__(self, link_of: Callable[[], Link]) -> None:
        self._link_of = link_of
        self._link: Link | None = None

    def __await__(self) -> Generator[Any, None, Link]:
        return self._open().__await__()

    async def _open(self) -> Link:
        link = self._link_of()
        await link.start()
        return link

    async def __aenter__(self) -> Link:
        self._link = await self._open()
        return self._link

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._link is not None:
            await self._link.close()


def connect(
    url: str | None = None,
    *,
    token: str | None = None,
    name: str = "",
    tls: ssl.SSLContext | None = None,
    interceptors: Sequence[Interceptor] = (),
    forward_metadata: Iterable[str] = (),
    on_diagnostic: OnDiagnostic | None = None,
) -> Connecting:
    """A link to the router at `url`: `nexus://host[:5673]`, `nexus+tls://`, `nexus+unix:///path`.

    Over `nexus+tls://` the router's certificate and name are always verified: against `tls`, else
    the authorities in the file that `NEXUS_CA` names, else the system's. A certificate that is
    not to be trusted is FAILED_PRECONDITION at once. A common name is no name: `tls` is set so.

    Without `url`: `NEXUS_URL`, else the router on this machine. The first connect fails after 5 s
    with UNAVAILABLE; after that the link comes back by itself until it is closed.
    """
    address = parse_address(url, tls)
    return Connecting(
        lambda: Link(
            address,
            token=token,
            name=name,
            interceptors=interceptors,
            forward_metadata=forward_metadata,
            on_diagnostic=on_diagnostic,
        )
    )
