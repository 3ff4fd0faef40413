/**
 * Whom a client trusts, and what it says when it does not: the certificate must come from a known authority and carry the
 * router's name among its alternative names. There is no way to switch either off.
 */
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { type ConnectionOptions, checkServerIdentity } from "node:tls";
import { addressError, codeOfError, explainedError, type SocketAddress } from "./address.ts";

export interface TlsTrust {
  /**
   * The authorities to trust in place of the system's: PEM text, or the path of a PEM file, which is read for every
   * connection so that it can be renewed.
   */
  readonly ca?: string | undefined;
  /** The name that the certificate must have, where it is not the address's host. */
  readonly servername?: string | undefined;
}

/** What Node's TLS needs to trust nobody else. */
export async function trustOptions(host: string, trust: TlsTrust): Promise<ConnectionOptions> {
  const name = trust.servername ?? host;
  const ca = await readAuthorities(trust.ca);
  return {
    minVersion: "TLSv1.3",
    rejectUnauthorized: true,
    // An address is verified like a name, but must not be sent as one (RFC 6066).
    ...(isIP(name) === 0 && { servername: name }),
    ...(ca !== undefined && { ca }),
    checkServerIdentity: (_, certificate) =>
      certificate.subjectaltname === undefined
        ? Object.assign(new Error("the certificate has no alternative names"), { code: NO_NAMES })
        : checkServerIdentity(name, certificate),
  };
}

/** Node falls back to the common name, which RFC 9525 forbids. */
const NO_NAMES = "NEXUS_NO_NAMES";
const PEM = "-----BEGIN ";

async function readAuthorities(ca: string | undefined): Promise<string | undefined> {
  if (ca === undefined || ca.includes(PEM)) return ca;
  const text = await readFile(ca, "utf8").catch((cause: unknown) => {
    throw authorityError(ca, `cannot be read (${codeOfError(cause) ?? cause})`, cause);
  });
  if (text.includes(`${PEM}CERTIFICATE`)) return text;
  throw authorityError(ca, "holds no certificate", undefined);
}

const authorityError = (path: string, why: string, cause: unknown): Error =>
  Object.assign(
    new TypeError(
      `the CA file ${JSON.stringify(path)} ${why}: tls.ca or NEXUS_CA is the path of a PEM file, or its text`,
      { cause },
    ),
    { untrusted: true },
  );

/** Says what to do about a failed handshake. */
export function tlsError(address: SocketAddress, trust: TlsTrust, cause: unknown): Error {
  const code = codeOfError(cause) ?? "";
  const host = address.kind === "unix" ? "" : address.host;
  const name = trust.servername ?? host;
  const why = certificateProblem(code, name, cause);
  if (why !== undefined) {
    const error = explainedError("trust", address, { why: `${why} (${code})`, cause });
    return Object.assign(error, { untrusted: true });
  }
  if (!notTls.has(code)) return addressError("connect to", address, cause);
  const advice = `no TLS is spoken there (${code}): use nexus:// or ws://, or start the router with --tls-cert and --tls-key`;
  return explainedError("connect to", address, { why: advice, cause });
}

/** The router showed a certificate and it was refused, or there is nothing to check one with: trying again mends nothing. */
export const isUntrusted = (error: unknown): boolean =>
  error instanceof Error && "untrusted" in error && error.untrusted === true;

function certificateProblem(code: string, name: string, cause: unknown): string | undefined {
  switch (code) {
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `the certificate is for another name than ${name}${namesOf(cause)}; connect to a name that it has, or name one as tls.servername`;
    case NO_NAMES:
      return `the certificate has no alternative names, so it is nobody's; issue one with ${name} as subjectAltName`;
    case "CERT_HAS_EXPIRED":
      return "the certificate has expired; renew it at the router, or set this machine's clock";
    case "CERT_NOT_YET_VALID":
      return "the certificate is not valid yet; set this machine's clock, or issue it anew";
    default:
      return unknownAuthority.has(code)
        ? "the certificate is from an authority that is not trusted here; name the router's CA file as tls.ca or NEXUS_CA"
        : undefined;
  }
}

function namesOf(cause: unknown): string {
  if (!(cause instanceof Error) || !("cert" in cause)) return "";
  const { cert } = cause as { readonly cert?: { readonly subjectaltname?: string } };
  return cert?.subjectaltname === undefined ? "" : `: ${cert.subjectaltname.slice(0, 256)}`;
}

const unknownAuthority: ReadonlySet<string> = new Set([
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "CERT_SIGNATURE_FAILURE",
  "INVALID_CA",
]);
/** What a peer that takes a handshake for rubbish leads to. */
const notTls: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "ERR_SSL_PACKET_LENGTH_TOO_LONG",
  "EPROTO",
]);
