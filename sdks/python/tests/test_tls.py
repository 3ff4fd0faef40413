"""Links over TLS against the real router, and what is said where its certificate is not to be trusted."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from say import SayClient, Text
from serving import Say
from test_router import LEFT_OUT, MAIN, MISSING, NODE, ROOT

import nexus_bridge as nexus
from nexus_bridge import Code

pytestmark = pytest.mark.skipif(MISSING, reason=LEFT_OUT)
HELPER = ROOT / "transports" / "src" / "testing" / "certificates.ts"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates, made by the helper that the TypeScript tests use."""
    folder = tmp_path_factory.mktemp("tls")
    assert NODE is not None
    subprocess.run([NODE, str(HELPER), str(folder)], check=True)
    return folder


def trusting(files: Path, name: str = "ca.pem") -> ssl.SSLContext:
    return ssl.create_default_context(cafile=files / name)


@asynccontextmanager
async def secured(files: Path) -> AsyncGenerator[str]:
    """A router with TLS; gives its URL."""
    assert NODE is not None
    process = await asyncio.create_subprocess_exec(
        NODE, "--conditions=@nexus-bridge/source", str(MAIN), "--listen", "tcp://127.0.0.1:0",
        "--tls-cert", str(files / "router.pem"), "--tls-key", str(files / "router.key"),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            line = (await process.stdout.readline()).decode()
            assert line.startswith("listening tls://"), line
            yield line.split()[1].replace("tls://", "nexus+tls://")
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def holding(files: Path, name: str) -> AsyncGenerator[str]:
    """Something that shows the certificate `name`, right or wrong, which a router would not start with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files / f"{name}.pem", files / f"{name}.key")
    server = await asyncio.start_server(
        lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context
    )
    async with server, asyncio.timeout(20):
        yield f"nexus+tls://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_link_over_tls_calls_and_streams(files: Path) -> None:
    async with (
        secured(files) as url,
        nexus.connect(url, tls=trusting(files)) as provider,
        nexus.connect(url.replace("127.0.0.1", "localhost"), tls=trusting(files)) as link,
    ):
        await provider.serve(Say())
        client = SayClient(link)
        for size in (5, 70_000, 2_000_000):
            assert len((await client.echo(Text(text="x" * size))).text) == size
        async with client.count(Text(text="200")) as stream:
            assert [message.text async for message in stream] == [str(n) for n in range(200)]


async def test_nexus_ca_names_whom_to_trust(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXUS_CA", str(files / "ca.pem"))
    async with secured(files) as url, nexus.connect(url) as link:
        await link.serve(Say())
        assert (await SayClient(link).echo(Text(text="hello"))).text == "hello"


@pytest.mark.parametrize(
    ("name", "ca", "words"),
    [
        ("router", "other-ca.pem", "not trusted here; name the router's CA file in NEXUS_CA"),
        ("wrong-name", "ca.pem", "for another name than 127.0.0.1; connect to a name"),
        ("expired", "ca.pem", "has expired; renew it"),
        ("future", "ca.pem", "is not valid yet; set this machine's clock"),
    ],
)
async def test_a_certificate_that_is_not_to_be_trusted_fails_at_once(
    files: Path, name: str, ca: str, words: str
) -> None:
    async with holding(files, name) as url:
        with pytest.raises(nexus.NexusError) as caught:
            await nexus.connect(url, tls=trusting(files, ca))
    assert caught.value.code is Code.FAILED_PRECONDITION
    assert words in caught.value.message


@pytest.mark.parametrize("is_given", [False, True])
async def test_a_common_name_is_no_name(
    files: Path, monkeypatch: pytest.MonkeyPatch, is_given: bool
) -> None:
    monkeypatch.setenv("NEXUS_CA", str(files / "ca.pem"))
    tls = trusting(files) if is_given else None
    assert tls is None or tls.hostname_checks_common_name
    async with holding(files, "common-name") as url:
        with pytest.raises(nexus.NexusError, match="another name than localhost"):
            await nexus.connect(url.replace("127.0.0.1", "localhost"), tls=tls)


class _TakesCommonNames(ssl.SSLContext):
    """One that does not let itself be told."""

    @property
    def hostname_checks_common_name(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return True


def test_a_context_that_takes_common_names_is_refused() -> None:
    context = _TakesCommonNames(ssl.PROTOCOL_TLS_CLIENT)
    with pytest.raises(nexus.NexusError, match="common name"):
        nexus.connect("nexus+tls://h", tls=context)


async def test_a_port_without_tls_is_said_to_be_one(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nexus_bridge._link.CONNECT_SECONDS", 0.3)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server, asyncio.timeout(20):
        url = f"nexus+tls://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(nexus.NexusError, match=r"no TLS 1\.3 is spoken there") as caught:
            await nexus.connect(url, tls=trusting(files))
    assert caught.value.code is Code.UNAVAILABLE


async def test_a_plain_link_to_a_port_of_tls_says_what_to_write(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with secured(files) as url:
        monkeypatch.setattr("nexus_bridge._link.CONNECT_SECONDS", 0.3)
        with pytest.raises(nexus.NexusError, match=r"write nexus\+tls://"):
            await nexus.connect(url.replace("nexus+tls", "nexus"))


def test_verifying_cannot_be_switched_off() -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    for verify_mode in (ssl.CERT_REQUIRED, ssl.CERT_NONE):
        context.verify_mode = verify_mode
        with pytest.raises(nexus.NexusError, match="must verify the router"):
            nexus.connect("nexus+tls://h", tls=context)


def test_tls_is_not_pretended(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(nexus.NexusError, match=r"use nexus\+tls://"):
        nexus.connect("nexus://h", tls=ssl.create_default_context())
    monkeypatch.setenv("NEXUS_CA", "/nowhere/ca.pem")
    with pytest.raises(nexus.NexusError, match=r"/nowhere/ca\.pem"):
        nexus.connect("nexus+tls://h")
