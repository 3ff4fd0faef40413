/** The words of cases against the frozen vectors: a referee that misread them would judge wrongly. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Frame, flag, frame, takeFrames, type } from "../referee/wire.ts";
import { rawPayload, rawTold } from "./raw-payloads.ts";

interface Row {
  readonly name: string;
  readonly type: string;
  readonly fields: Readonly<Record<string, string | number>>;
  readonly hex: string;
}

const { payloads } = JSON.parse(
  readFileSync(new URL("../../../schema/vectors/raw.json", import.meta.url), "utf8"),
) as { readonly payloads: readonly Row[] };
const rowsOf = (name: string): readonly Row[] => payloads.filter((row) => row.type === name);
/** Numbers of the vectors beyond 2^53 are no case's: there they are exact text. */
const numbers = ({ fields }: Row): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, Number(value)]));
const isExact = (row: Row): boolean => Object.values(numbers(row)).every(Number.isSafeInteger);

function heard(kind: number, hex: string): Frame {
  const bytes = frame({
    type: kind,
    stream: 1,
    flags: flag.pcrc,
    payload: Buffer.from(hex, "hex"),
  });
  const [first] = takeFrames(bytes).frames;
  if (first === undefined) throw new Error("no frame");
  return first;
}

describe("raw payloads are the vectors' bytes", () => {
  it.each(rowsOf("PUBACK").filter(isExact))("$name", (row) => {
    expect(rawPayload({ puback: numbers(row) })?.toString("hex")).toBe(row.hex);
    const { epoch, sequence } = numbers(row);
    expect(rawTold(heard(type.puback, row.hex))).toMatchObject({ puback: { epoch, sequence } });
  });

  it.each(rowsOf("GAP").filter(isExact))("$name", (row) => {
    expect(rawPayload({ gap: numbers(row) })?.toString("hex")).toBe(row.hex);
    expect(rawTold(heard(type.gap, row.hex))).toEqual({ gap: numbers(row) });
  });

  it.each(rowsOf("REPLAY").filter(isExact))("$name", (row) => {
    expect(rawPayload({ replay: numbers(row) })?.toString("hex")).toBe(row.hex);
  });

  it.each(rowsOf("EVACK"))("$name", (row) => {
    const told = rawTold(heard(type.evack, row.hex)) as { readonly evack: { kind: number } };
    expect(told.evack.kind).toBe(Buffer.from(row.hex, "hex")[0]);
  });

  it("and codes have names", () => {
    const bytes = rawPayload({ puback: { code: "ALREADY_EXISTS", reason: "DUPLICATE" } });
    expect(rawTold(heard(type.puback, bytes?.toString("hex") ?? ""))).toEqual({
      puback: { code: "ALREADY_EXISTS", reason: "DUPLICATE", epoch: 0, sequence: 0 },
    });
  });
});
