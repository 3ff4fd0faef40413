/** Family frame.golden: the frozen frames of `schema/vectors`, whole, in pieces and in one row. */
import { crc32 } from "node:zlib";
import { takeFrames } from "../referee/wire.ts";
import { readText } from "../runner/checkout.ts";
import { type Template, template } from "../runner/template.ts";

interface Vector {
  readonly name: string;
  readonly hex: string;
}

const { frames } = JSON.parse(readText("schema/vectors/frames.json")) as {
  readonly frames: readonly Vector[];
};

function told(hex: string): readonly unknown[] {
  return takeFrames(Buffer.from(hex, "hex")).frames.map((each) => ({
    type: each.type,
    flags: each.flags,
    class: each.class,
    stream: each.stream,
    route: each.route,
    arg: each.arg,
    payloadCrc: each.payloadCrc,
    meta: each.meta.length === 0 ? 0 : each.meta.length + 4,
    payload: each.payload.toString("base64"),
  }));
}

function vectorTemplates({ name, hex }: Vector): readonly Template[] {
  const bytes = Buffer.from(hex, "hex");
  const order = { op: "frame.decode", bytes: bytes.toString("base64") };
  const every = Array.from({ length: bytes.length - 1 }, (_, at) => at + 1);
  const base = { clauses: ["WIRE-2.1", "WIRE-2.2", "WIRE-16.1"], requires: ["frame.decode"] };
  const again = template({
    ...base,
    id: `frame.golden.${name}.encoded`,
    requires: ["frame.encode"],
    steps: [
      { a: { ...order, op: "frame.again" }, expect: { ok: { bytes: bytes.toString("base64") } } },
    ],
  });
  return [
    template({
      ...base,
      id: `frame.golden.${name}`,
      axes: { cut: ["none", "header", "every"] },
      steps: [
        { when: { cut: "none" }, a: order, expect: { ok: { frames: told(hex), pending: 0 } } },
        {
          when: { cut: "header" },
          a: { ...order, cuts: [16, 32] },
          expect: { ok: { frames: told(hex), pending: 0 } },
        },
        {
          when: { cut: "every" },
          a: { ...order, cuts: every },
          expect: { ok: { frames: told(hex), pending: 0 } },
        },
      ],
    }),
    ...(standsAlone(bytes) ? [again] : []),
  ];
}

/** A later fragment's checksum covers what came before it: it cannot be made from itself. */
function standsAlone(bytes: Buffer): boolean {
  return takeFrames(bytes).frames.every(
    ({ payload, payloadCrc, flags }) => (flags & 4) === 0 || crc32(payload) === payloadCrc,
  );
}

/** All of them in one row, cut at one place: a case for every offset of the first 300 bytes. */
function concatenation(): Template {
  const all = frames.map(({ hex }) => hex).join("");
  const offsets = Array.from({ length: 60 }, (_, at) => at * 5 + 1);
  return template({
    id: "frame.golden.in-a-row",
    clauses: ["WIRE-2.1", "WIRE-16.1"],
    requires: ["frame.decode"],
    axes: { at: offsets },
    steps: [
      {
        a: {
          op: "frame.decode",
          bytes: Buffer.from(all, "hex").toString("base64"),
          cuts: ["$at"],
        },
        expect: { ok: { frames: told(all), pending: 0 } },
      },
    ],
  });
}

export function goldenTemplates(): readonly Template[] {
  return [...frames.flatMap(vectorTemplates), concatenation()];
}
