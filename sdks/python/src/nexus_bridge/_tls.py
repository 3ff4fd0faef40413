"""Whom a link trusts over TLS, and what it says when it does not. Verifying cannot be switched off."""

from __future__ import annotations

import asyncio
import os
import ssl
from contextlib import suppress
from typing import Final

from ._errors import Code, NexusError

ALPN: Final = "nexus/1"
EXPIRED: Final = 10
NOT_YET_VALID: Final = 9
OTHER_NAME: Final = (62, 64)  # a host's, an address's
UNKNOWN_AUTHORITY: Final = (2, 7, 18, 19, 20, 21, 24)


def tls_context(given: ssl.SSLContext | None) -> ssl.SSLContext:
    """`given`, from here on without common names, else what the file `NEXUS_CA` or the system trusts."""
    if given is not None:
        if not given.check_hostname or given.verify_mode is not ssl.CERT_REQUIRED:
            raise _invalid(
                "tls= must verify the router: leave check_hostname and CERT_REQUIRED as"
                " ssl.create_default_context() sets them"
            )
        _take_no_common_name(given)
        return given
    path = os.environ.get("NEXUS_CA") or None
    try:
        context = ssl.create_default_context(cafile=path)
    except OSError as error:
        raise _invalid(
            f'NEXUS_CA: the CA file "{path}" cannot be used ({error}); name a PEM file'
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    _take_no_common_name(context)
    context.set_alpn_protocols([ALPN])
    return context


def _take_no_common_name(context: ssl.SSLContext) -> None:
    """A common name is anybody's text. Contexts take it for a name unless they are told not to."""
    with suppress(AttributeError):  # what it does all the same is read below
        context.hostname_checks_common_name = False
    if getattr(context, "hostname_checks_common_name", not ssl.HAS_NEVER_CHECK_COMMON_NAME):
        raise _invalid(
            "tls= takes a certificate's common name for a name and cannot be told not to: give what"
            " ssl.create_default_context() makes"
        )


def tls_error(host: str, port: int, error: OSError) -> Exception:
    """Says what to do about a failed handshake; FAILED_PRECONDITION where trying again mends nothing."""
    place = f"{host}:{port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        why = _certificate_problem(host, error)
        message = f"cannot trust {place}: {why} ({error.verify_message})"
        return NexusError(Code.FAILED_PRECONDITION, message, cause=error, not_executed=True)
    if isinstance(error, ssl.SSLError | ConnectionResetError | ConnectionAbortedError):
        return ConnectionError(
            f"cannot connect to {place}: no TLS 1.3 is spoken there ({error}); use nexus://, or start"
            " the router with --tls-cert and --tls-key"
        )
    return error


def closed_text(transport: asyncio.BaseTransport | None, *, heard: bool) -> str:
    """Why a connection may have ended: a port of TLS says nothing to a link that speaks none."""
    text = "the router closed the connection"
    if heard or transport is None or transport.get_extra_info("sslcontext") is not None:
        return text
    return f"{text} without a word: where only TLS is spoken, write nexus+tls://"


def _certificate_problem(host: str, error: ssl.SSLCertVerificationError) -> str:
    code = error.verify_code
    if code in UNKNOWN_AUTHORITY:
        return (
            "the certificate is from an authority that is not trusted here; name the router's CA"
            " file in NEXUS_CA, or give tls=ssl.create_default_context(cafile=...)"
        )
    if code in OTHER_NAME:
        return f"the certificate is for another name than {host}; connect to a name that it has"
    if code == EXPIRED:
        return "the certificate has expired; renew it at the router, or set this machine's clock"
    if code == NOT_YET_VALID:
        return "the certificate is not valid yet; set this machine's clock, or issue it anew"
    return "the certificate was refused; have it issued anew"


def _invalid(message: str) -> NexusError:
    return NexusError(Code.INVALID_ARGUMENT, message)
