/** The meta block as named fields of a line, but the name, which stands in `r`. What may be in it is the router's to judge. */
import { type Meta, metaProblem, type UserPair } from "@nexus-bridge/protocol";
import { Fields, fromBase64, toBase64 } from "./fields.ts";

const names = [
  ...["trace", "tracestate", "user", "producer", "position", "orderingKey", "ttlMs", "fingerprint"],
  ...["principal", "idempotencyKey", "attempt", "initialCredit", "ingressTime", "origin"],
  ...["deadLetterReason", "correlationId", "contentType"],
];

/** Reads `m`; `name` is the method or topic of `r`. */
export function metaFromJson(value: unknown, name: string | undefined): Meta | undefined {
  const fields = new Fields(value ?? {}, "m", names);
  const meta: Meta = {
    ...(name !== undefined && { name }),
    ...optional("trace", traceOf(fields)),
    ...optional("tracestate", fields.text("tracestate")),
    ...optional("user", usersOf(fields)),
    ...optional("producer", producerOf(fields)),
    ...optional("position", positionOf(fields)),
    ...optional("orderingKey", keyOf(fields, "orderingKey")),
    ...optional("ttlMs", fields.uint32("ttlMs")),
    ...optional("fingerprint", fields.uint64("fingerprint")),
    ...optional("principal", fields.text("principal")),
    ...optional("idempotencyKey", keyOf(fields, "idempotencyKey")),
    ...optional("attempt", fields.uint32("attempt", 255)),
    ...optional("initialCredit", creditOf(fields)),
    ...optional("ingressTime", fields.count("ingressTime")),
    ...optional("origin", fields.bytes("origin", 8)),
    ...optional("deadLetterReason", fields.text("deadLetterReason")),
    ...optional("correlationId", fields.text("correlationId")),
    ...optional("contentType", fields.text("contentType")),
  };
  if (Object.keys(meta).length === 0) return undefined;
  const problem = metaProblem(meta);
  return problem === undefined ? meta : fields.fail("", problem);
}

type Optional<Name extends string, Value> = { readonly [Key in Name]?: Value };

function optional<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): Optional<Name, Value> {
  return value === undefined ? {} : ({ [name]: value } as unknown as Optional<Name, Value>);
}

function traceOf(fields: Fields): Meta["trace"] {
  const trace = fields.inside("trace", ["id", "span", "flags"]);
  if (trace === undefined) return undefined;
  const id = hex(trace, "id", 16);
  const span = hex(trace, "span", 8);
  return { id, span, flags: trace.uint32("flags", 255) ?? 0 };
}

/** Trace ids are written as everybody else writes them. */
function hex(fields: Fields, name: string, size: number): Uint8Array {
  const text = fields.text(name) ?? "";
  if (text.length !== 2 * size || !/^[0-9a-fA-F]*$/.test(text))
    return fields.fail(name, `must be ${2 * size} hexadecimal digits`);
  return Uint8Array.from(Buffer.from(text, "hex"));
}

function usersOf(fields: Fields): readonly UserPair[] | undefined {
  const list = fields.list("user");
  return list?.map((pair) => {
    const [key, value, ...more] = Array.isArray(pair) ? pair : [];
    if (typeof key !== "string" || typeof value !== "string" || more.length > 0)
      return fields.fail("user", 'must be a list of pairs: [["key","value"]]');
    if (!key.endsWith("-bin")) return [key, value];
    return [
      key,
      fromBase64(value) ?? fields.fail("user", `${key} must be base64: it ends in -bin`),
    ];
  });
}

function producerOf(fields: Fields): Meta["producer"] {
  const producer = fields.inside("producer", ["id", "epoch", "sequence"]);
  if (producer === undefined) return undefined;
  return {
    id: producer.bytes("id", 16) ?? producer.fail("id", "is missing: 16 bytes as base64"),
    epoch: producer.uint32("epoch") ?? 0,
    sequence: producer.count("sequence") ?? 0,
  };
}

function positionOf(fields: Fields): Meta["position"] {
  const position = fields.inside("position", ["epoch", "sequence"]);
  if (position === undefined) return undefined;
  return { epoch: position.uint32("epoch") ?? 0, sequence: position.count("sequence") ?? 0 };
}

function creditOf(fields: Fields): Meta["initialCredit"] {
  const credit = fields.inside("initialCredit", ["messages", "kibibytes"]);
  if (credit === undefined) return undefined;
  return { messages: credit.uint32("messages") ?? 0, kibibytes: credit.uint32("kibibytes") ?? 0 };
}

/** Keys are text for people; what is not UTF-8 is written as base64 with `base64:` before it. */
function keyOf(fields: Fields, name: string): Uint8Array | undefined {
  const text = fields.text(name);
  if (text === undefined) return undefined;
  if (!text.startsWith(BYTES)) return new TextEncoder().encode(text);
  return (
    fromBase64(text.slice(BYTES.length)) ?? fields.fail(name, `must be base64 behind ${BYTES}`)
  );
}

const BYTES = "base64:";

function keyText(key: Uint8Array): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(key);
    if (!text.startsWith(BYTES)) return text;
  } catch {
    // Bytes of somebody's own.
  }
  return BYTES + toBase64(key);
}

/** Writes `m`, or undefined where nothing but the name is there. */
export function metaToJson(meta: Meta): Readonly<Record<string, unknown>> | undefined {
  const { trace, producer, position } = meta;
  const json = {
    ...(trace && { trace: { ...trace, id: hexOf(trace.id), span: hexOf(trace.span) } }),
    ...optional("tracestate", meta.tracestate),
    ...optional(
      "user",
      meta.user?.map(([key, value]) => [key, userText(value)]),
    ),
    ...(producer && {
      producer: { ...producer, id: toBase64(producer.id), sequence: String(producer.sequence) },
    }),
    ...(position && { position: { ...position, sequence: String(position.sequence) } }),
    ...optional("orderingKey", meta.orderingKey && keyText(meta.orderingKey)),
    ...optional("ttlMs", meta.ttlMs),
    ...optional("fingerprint", meta.fingerprint?.toString()),
    ...optional("principal", meta.principal),
    ...optional("idempotencyKey", meta.idempotencyKey && keyText(meta.idempotencyKey)),
    ...optional("attempt", meta.attempt),
    ...optional("initialCredit", meta.initialCredit),
    ...optional("ingressTime", meta.ingressTime?.toString()),
    ...optional("origin", meta.origin && toBase64(meta.origin)),
    ...optional("deadLetterReason", meta.deadLetterReason),
    ...optional("correlationId", meta.correlationId),
    ...optional("contentType", meta.contentType),
  };
  return Object.keys(json).length === 0 ? undefined : json;
}

const userText = (value: string | Uint8Array): string =>
  typeof value === "string" ? value : toBase64(value);

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
