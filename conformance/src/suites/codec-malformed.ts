/** Family codec.binary, what is no message: each is refused as a whole. And what is unknown, which is kept as it came. */
import { type Template, template } from "../runner/template.ts";

const PACKAGE = "nexus.conformance.v1.";

interface Malformed {
  readonly id: string;
  readonly hex: string;
  readonly type?: string;
  readonly clause?: string;
}

const rows: readonly Malformed[] = [
  { id: "tag.cut-off", hex: "80" },
  { id: "tag.of-11-bytes", hex: "9880808080808080808001" },
  { id: "tag.number-0", hex: "0001" },
  { id: "tag.wire-type-6", hex: "1e" },
  { id: "tag.wire-type-7", hex: "1f" },
  { id: "varint.absent", hex: "18" },
  { id: "varint.cut-off", hex: "1880" },
  { id: "varint.of-11-bytes", hex: "188080808080808080808001" },
  { id: "fixed32.cut-off", hex: "4d010203" },
  { id: "fixed64.cut-off", hex: "5101020304050607" },
  { id: "length.absent", hex: "72" },
  { id: "length.cut-off", hex: "7280" },
  { id: "length.one-too-long", hex: "72036162" },
  { id: "length.of-2-gib", hex: "72ffffffff0761" },
  { id: "length.of-2-63", hex: "72ffffffffffffffff7f61" },
  { id: "message.cut-off", hex: "8a01050a01" },
  { id: "message.field-beyond-its-end", hex: "8a01020a05" },
  { id: "packed.not-a-whole-number", type: "Lists", hex: "4a03010203" },
  { id: "packed.varint-cut-off", type: "Lists", hex: "1a0180" },
  { id: "group.never-ended", hex: "a306" },
  { id: "group.ended-by-another", hex: "a306ac06" },
  { id: "group.ended-only", hex: "a406" },
  { id: "utf8.lone-byte", hex: "7201ff", clause: "PROTO-utf8" },
  { id: "utf8.longer-than-needed", hex: "7202c080", clause: "PROTO-utf8" },
  { id: "utf8.surrogate", hex: "7203eda080", clause: "PROTO-utf8" },
  { id: "utf8.cut-off", hex: "7203f09f98", clause: "PROTO-utf8" },
  { id: "utf8.above-the-last", hex: "7204f4908080", clause: "PROTO-utf8" },
];

function refused({ id, hex, type = "Scalars", clause = "PROTO-malformed" }: Malformed): Template {
  const bytes = Buffer.from(hex, "hex").toString("base64");
  return template({
    id: `codec.binary.malformed.${id}`,
    clauses: [clause],
    requires: ["codec.binary"],
    steps: [
      {
        a: { op: "codec.binary", type: PACKAGE + type, bytes },
        expect: { failed: { code: "MALFORMED" } },
      },
    ],
  });
}

const unknown: readonly (readonly [wireType: string, hex: string])[] = [
  ["varint", "2896ffffffff0f"],
  ["fixed64", "290102030405060708"],
  ["delimited", "2a03616263"],
  ["group", "2b08012c"],
  ["fixed32", "2d01020304"],
];

function kept([wireType, hex]: readonly [string, string]): Template {
  const bytes = Buffer.from(`0a0178${hex}`, "hex").toString("base64");
  return template({
    id: `codec.binary.unknown.${wireType}`,
    clauses: ["PROTO-unknown"],
    requires: ["codec.binary"],
    steps: [
      {
        a: { op: "codec.binary", type: `${PACKAGE}Numbers`, bytes },
        expect: { ok: { bytes } },
      },
    ],
  });
}

export function codecMalformedTemplates(): readonly Template[] {
  return [...rows.map(refused), ...unknown.map(kept)];
}
