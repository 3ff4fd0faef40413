/**
 * Reads the router's certificate and private key and says what is wrong with them before anybody connects. What it says names
 * files and never holds a word of the key.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { TlsCredentials } from "@nexus-bridge/transports";

export interface TlsFiles {
  /** Path of a PEM file: the router's certificate, then the chain up to the authority. */
  readonly cert: string;
  /** Path of a PEM file: the certificate's private key, not encrypted. */
  readonly key: string;
}

/** @throws Error naming the file and what to do. */
export async function readTlsFiles(files: TlsFiles, now: Date): Promise<TlsCredentials> {
  const [cert, key] = await Promise.all([
    read(files.cert, "certificate (--tls-cert)"),
    read(files.key, "private key (--tls-key)"),
  ]);
  const certificate = parseCertificate(files.cert, cert);
  const privateKey = parseKey(files.key, key);
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new Error(
      `the private key ${quoted(files.key)} is not that of the certificate ${quoted(files.cert)}; give the pair that was issued together`,
    );
  }
  if (certificate.validToDate < now) {
    throw new Error(
      `the certificate ${quoted(files.cert)} expired on ${certificate.validToDate.toISOString()}, so every client would refuse it; renew it`,
    );
  }
  if (certificate.subjectAltName === undefined) {
    throw new Error(
      `the certificate ${quoted(files.cert)} has no subjectAltName, so every client would refuse it; issue one that names the router's host`,
    );
  }
  return { cert, key };
}

async function read(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : cause;
    throw new Error(`the ${what} ${quoted(path)} cannot be read (${code}); name a PEM file`, {
      cause,
    });
  }
}

function parseCertificate(path: string, text: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch (cause) {
    throw new Error(
      `${quoted(path)} holds no certificate; a PEM file begins with -----BEGIN CERTIFICATE-----`,
      { cause },
    );
  }
}

/** The cause is left out: what a parser says of a key is not for a log. */
function parseKey(path: string, text: string): KeyObject {
  if (text.includes("ENCRYPTED")) {
    throw new Error(
      `the private key ${quoted(path)} is encrypted and a router has nobody to ask; decrypt it with: openssl pkey -in ${path} -out router.key`,
    );
  }
  try {
    return createPrivateKey(text);
  } catch {
    throw new Error(
      `${quoted(path)} holds no private key; a PEM file begins with -----BEGIN PRIVATE KEY-----`,
    );
  }
}

const quoted = (path: string): string => JSON.stringify(path);
