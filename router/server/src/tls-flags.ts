/** The three flags of TLS, which `nexus start` and the router's own process share; alone some of them mean nothing. */
import type { TlsOptions } from "./start.ts";

export interface TlsFlags {
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly allowPlaintext?: boolean | undefined;
}

/** @throws Error saying which flag is missing. */
export function tlsOptions(flags: TlsFlags): TlsOptions | undefined {
  const { tlsCert: cert, tlsKey: key, allowPlaintext } = flags;
  if (cert !== undefined && key !== undefined) {
    return { cert, key, ...(allowPlaintext === true && { allowPlaintext }) };
  }
  if (cert !== undefined) throw new Error("--tls-cert needs the private key too: add --tls-key");
  if (key !== undefined) throw new Error("--tls-key needs the certificate too: add --tls-cert");
  if (allowPlaintext === true) {
    throw new Error("--allow-plaintext is for a port with TLS: add --tls-cert and --tls-key");
  }
  return undefined;
}
