/**
 * Certificates for tests, made anew in every run: two authorities, and what a router may hold, right and wrong. Run as a
 * program it writes them into a folder, for the tests of other packages and languages.
 */
import "reflect-metadata";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

const HOUR_MS = 3_600_000;
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

export interface Pem {
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  /** What a client trusts. */
  readonly ca: string;
  issue(request: CertificateRequest): Promise<Pem>;
}

export interface CertificateRequest {
  readonly commonName?: string;
  readonly hosts?: readonly string[];
  readonly addresses?: readonly string[];
  /** From when to when, in hours from now; yesterday to tomorrow unless said. */
  readonly validHours?: readonly [from: number, to: number];
}

export async function makeAuthority(name: string): Promise<Authority> {
  const keys = await makeKeys();
  const root = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=${name}`,
    notBefore: fromNow(-24),
    notAfter: fromNow(24),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { ca: pemOf(root), issue: (request) => issue(root, keys, request) };
}

/** Everything the tests of TLS need, by the names of the files it is written to. */
export async function makeCertificates(): Promise<Readonly<Record<string, string>>> {
  const authority = await makeAuthority("Nexus test authority");
  const other = await makeAuthority("Another test authority");
  const here = { hosts: ["localhost"], addresses: ["127.0.0.1", "::1"] };
  const requests: Readonly<Record<string, CertificateRequest>> = {
    router: here,
    renewed: here,
    "wrong-name": { hosts: ["router.example"] },
    "common-name": { commonName: "localhost" },
    expired: { ...here, validHours: [-24, -1] },
    future: { ...here, validHours: [1, 24] },
  };
  const files: Record<string, string> = { "ca.pem": authority.ca, "other-ca.pem": other.ca };
  for (const [name, request] of Object.entries(requests)) {
    const { cert, key } = await authority.issue(request);
    files[`${name}.pem`] = cert;
    files[`${name}.key`] = key;
  }
  return files;
}

async function issue(
  root: X509Certificate,
  authority: CryptoKeyPair,
  request: CertificateRequest,
): Promise<Pem> {
  const { commonName = "router", hosts = [], addresses = [], validHours = [-24, 24] } = request;
  const keys = await makeKeys();
  const names = [
    ...hosts.map((value) => ({ type: "dns" as const, value })),
    ...addresses.map((value) => ({ type: "ip" as const, value })),
  ];
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: `CN=${commonName}`,
    issuer: root.subject,
    notBefore: fromNow(validHours[0]),
    notAfter: fromNow(validHours[1]),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: authority.privateKey,
    extensions: [
      new BasicConstraintsExtension(false),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      await AuthorityKeyIdentifierExtension.create(authority.publicKey),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : []),
    ],
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  const lines = pkcs8.toString("base64").replace(/.{64}/g, "$&\n");
  return {
    cert: pemOf(certificate),
    key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`,
  };
}

const makeKeys = () => crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
const pemOf = (certificate: X509Certificate): string => `${certificate.toString("pem")}\n`;
const fromNow = (hours: number): Date => new Date(Date.now() + hours * HOUR_MS);
/** Positive, so its first bit is zero. */
const serial = (): string =>
  `01${Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString("hex")}`;

if (import.meta.main) {
  const folder = process.argv[2];
  if (folder === undefined) throw new Error("usage: certificates.ts <folder>");
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(await makeCertificates())) {
    await writeFile(join(folder, name), text, { mode: 0o600 });
  }
}
