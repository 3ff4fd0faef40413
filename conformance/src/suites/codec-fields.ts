/** Families codec.binary and codec.json over every type, value and place of a field: generated from the tables alone. */
import { delimited, key, varint } from "../referee/protobuf.ts";
import { type Template, template } from "../runner/template.ts";
import { type BoundaryValue, type ScalarType, scalarTypes } from "./values.ts";

export interface CodecRow {
  readonly id: string;
  readonly type: string;
  readonly clauses: readonly string[];
  /** What is decoded. */
  readonly bytes: Buffer;
  /** What is encoded, where that differs: the canonical form. */
  readonly again?: Buffer;
  /** Absent: bytes only. */
  readonly json?: unknown;
  /** What JSON must say, where that is a rule. */
  readonly told?: unknown;
}

const PACKAGE = "nexus.conformance.v1.";
const fieldName = (type: ScalarType): string =>
  `f${type.name.charAt(0).toUpperCase()}${type.name.slice(1)}`;

function field(number: number, type: ScalarType, value: BoundaryValue): Buffer {
  if (type.wireType === 2) return delimited(number, value.wire);
  return Buffer.concat([key(number, type.wireType), value.wire]);
}

/** One row as a template for bytes and one for JSON, whose axis says which way. */
export function codecTemplates(row: CodecRow): readonly Template[] {
  const type = PACKAGE + row.type;
  const bytes = row.bytes.toString("base64");
  const again = (row.again ?? row.bytes).toString("base64");
  const binary = template({
    id: `codec.binary.${row.id}`,
    clauses: row.clauses,
    requires: ["codec.binary"],
    steps: [{ a: { op: "codec.binary", type, bytes }, expect: { ok: { bytes: again } } }],
  });
  if (row.json === undefined) return [binary];
  const json = JSON.stringify(row.json, (_, each) => (Object.is(each, -0) ? "-0" : each));
  // JSON.stringify writes -0 as 0; readers keep the sign of "-0.0".
  const text = json.replaceAll('"-0"', "-0.0");
  const told = { ok: { json: { $json: row.told ?? row.json } } };
  return [
    binary,
    template({
      id: `codec.json.${row.id}`,
      clauses: row.clauses,
      level: "standard",
      requires: ["codec.json"],
      axes: { way: ["decode", "encode", "again"] },
      steps: [
        { when: { way: "decode" }, a: { op: "codec.decode", type, bytes }, expect: told },
        {
          when: { way: "encode" },
          a: { op: "codec.encode", type, json: text },
          expect: { ok: { bytes: again } },
        },
        { when: { way: "again" }, a: { op: "codec.json", type, json: text }, expect: told },
      ],
    }),
  ];
}

const toldOf = (value: BoundaryValue): unknown => value.told ?? value.json;

const clauses = ["PROTO-encoding"];

function scalarRows(type: ScalarType): readonly CodecRow[] {
  const name = fieldName(type);
  return type.values.map((value) => {
    const bytes = field(type.number, type, value);
    const isLeftOut = value.zero === true;
    return {
      id: `scalar.${type.name}.${value.label}`,
      type: "Scalars",
      clauses: isLeftOut ? ["PROTO-presence"] : clauses,
      bytes,
      ...(isLeftOut ? { again: Buffer.alloc(0) } : {}),
      json: isLeftOut ? {} : { [name]: value.json },
      told: { [name]: isLeftOut ? { $absent: true } : toldOf(value) },
    };
  });
}

function optionalRows(type: ScalarType): readonly CodecRow[] {
  const [first] = type.values;
  if (first === undefined) return [];
  const row = (id: string, message: string, clause: string): CodecRow => ({
    id: `${id}.${type.name}`,
    type: message,
    clauses: [clause],
    bytes: field(type.number, type, first),
    json: { [fieldName(type)]: first.json },
  });
  return [
    row("optional.default-is-kept", "Optionals", "PROTO-presence"),
    row("oneof.default-is-kept", "Choice", "PROTO-oneof"),
  ];
}

function lastWins(type: ScalarType): readonly CodecRow[] {
  const value = type.values.find((each) => each.zero !== true && each.label !== "nan");
  const other = type.values.find((each) => each !== value && each.zero !== true);
  if (value === undefined || type.name === "message") return [];
  const before = field(type.number, type, other ?? value);
  const bytes = Buffer.concat([before, field(type.number, type, value)]);
  return [
    {
      id: `scalar.${type.name}.the-last-one-wins`,
      type: "Scalars",
      clauses: ["PROTO-last-wins"],
      bytes,
      again: field(type.number, type, value),
    },
  ];
}

function packed(type: ScalarType): Buffer {
  return delimited(type.number, Buffer.concat(type.values.map((value) => value.wire)));
}

const single = (type: ScalarType): Buffer =>
  Buffer.concat(type.values.map((value) => field(type.number, type, value)));

function listRows(type: ScalarType): readonly CodecRow[] {
  const name = fieldName(type);
  const json = { [name]: type.values.map((value) => value.json) };
  const told = { [name]: type.values.map(toldOf) };
  const canPack = type.wireType !== 2;
  const canonical = canPack ? packed(type) : single(type);
  const rows: CodecRow[] = [
    { id: `list.${type.name}`, type: "Lists", clauses, bytes: canonical, json, told },
  ];
  if (!canPack) return rows;
  rows.push(
    {
      id: `list.${type.name}.unpacked-is-read`,
      type: "Lists",
      clauses: ["PROTO-packed"],
      bytes: single(type),
      again: canonical,
    },
    {
      id: `list.${type.name}.in-two-pieces`,
      type: "Lists",
      clauses: ["PROTO-packed"],
      bytes: Buffer.concat([packed(type), single(type)]),
      again: delimited(
        type.number,
        Buffer.concat([...type.values, ...type.values].map((value) => value.wire)),
      ),
    },
    { id: `unpacked.${type.name}`, type: "Unpacked", clauses, bytes: single(type), json, told },
    {
      id: `unpacked.${type.name}.packed-is-read`,
      type: "Unpacked",
      clauses: ["PROTO-packed"],
      bytes: packed(type),
      again: single(type),
    },
  );
  // Messages and text never pack; number 14 of Unpacked does not exist.
  return rows.filter((row) => row.type !== "Unpacked" || type.number !== 14);
}

const entry = (mapKey: Buffer, value: Buffer, number: number): Buffer =>
  delimited(number, Buffer.concat([mapKey, value]));

function mapValueRows(type: ScalarType): readonly CodecRow[] {
  return type.values.map((value) => {
    const bytes = entry(delimited(1, Buffer.from("k")), field(2, type, value), type.number);
    return {
      id: `map.value.${type.name}.${value.label}`,
      type: "MapValues",
      clauses: ["PROTO-maps"],
      bytes,
      json: { [fieldName(type)]: { k: value.json } },
      told: { [fieldName(type)]: { k: toldOf(value) } },
    };
  });
}

const keyTypes = scalarTypes.filter(
  ({ name }) => !["double", "float", "bytes", "enum", "message"].includes(name),
);

function mapKeyRows(type: ScalarType, at: number): readonly CodecRow[] {
  return type.values
    .filter(({ label }) => label !== "long-length")
    .map((value) => ({
      id: `map.key.${type.name}.${value.label}`,
      type: "MapKeys",
      clauses: ["PROTO-maps"],
      bytes: entry(field(1, type, value), delimited(2, Buffer.from("v")), at + 1),
      json: { [fieldName(type)]: { [String(value.json)]: "v" } },
    }));
}

const numberFields: readonly (readonly [string, number])[] = [
  ["first", 1],
  ["fifteen", 15],
  ["sixteen", 16],
  ["twoThousand", 2047],
  ["twoThousandAndMore", 2048],
  ["last", 536870911],
];

export function fieldTemplates(): readonly Template[] {
  const rows = [
    ...scalarTypes.flatMap(scalarRows),
    ...scalarTypes.flatMap(optionalRows),
    ...scalarTypes.flatMap(lastWins),
    ...scalarTypes.flatMap(listRows),
    ...scalarTypes.flatMap(mapValueRows),
    ...keyTypes.flatMap(mapKeyRows),
    ...numberFields.map(([name, number]) => ({
      id: `number.${number}`,
      type: "Numbers",
      clauses: ["PROTO-tags"],
      bytes: delimited(number, Buffer.from("x")),
      json: { [name]: "x" },
    })),
    {
      id: "tag.longer-than-needed",
      type: "Numbers",
      clauses: ["PROTO-tags"],
      bytes: Buffer.concat([Buffer.from("8a00", "hex"), varint(1), Buffer.from("x")]),
      again: delimited(1, Buffer.from("x")),
    },
  ];
  return rows.flatMap(codecTemplates);
}
