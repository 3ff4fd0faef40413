import { readFileSync } from "node:fs";
import {
  decodeControl,
  encodeCredit,
  encodeEventAck,
  encodeGap,
  encodePublishAck,
  encodeReplay,
  readCredit,
  readEventAck,
  readGap,
  readPublishAck,
  readReplay,
  wire,
} from "@nexus-bridge/protocol";
import { describe, expect, it } from "vitest";
import { campaign } from "./campaign.ts";

const { rounds, seed, next, timeoutMs } = campaign(20_000, 2);
const read = (name: string) => {
  const file = new URL(`../../schema/vectors/${name}`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as {
    readonly payloads: readonly { readonly type: string; readonly hex: string }[];
  };
};
const payloadsOf = (name: string) =>
  read(name).payloads.map(({ type, hex }) => ({
    type: type.replace("nexus.wire.v1.", ""),
    bytes: Uint8Array.from(Buffer.from(hex, "hex")),
  }));
const payloads = payloadsOf("control.json");
const raws = payloadsOf("raw.json");

interface Codec {
  readonly typeName: string;
  encode(message: object): Uint8Array;
  decode(bytes: Uint8Array): object;
}
const codecs: Readonly<Record<string, Codec>> = {
  Hello: wire.Hello,
  Welcome: wire.Welcome,
  Status: wire.Status,
  GoAway: wire.GoAway,
  Subscribe: wire.Subscribe,
  Subscribed: wire.Subscribed,
  Register: wire.Register,
  Registered: wire.Registered,
};

/** Some bytes replaced, a piece cut off or repeated. */
function mutated(bytes: Uint8Array): Uint8Array {
  const changed = Array.from(bytes);
  for (let mutation = next(3); mutation >= 0; mutation--) {
    const at = next(changed.length + 1);
    const kind = next(4);
    if (kind === 0) changed.splice(at, 1 + next(4));
    else if (kind === 1) changed.splice(at, 0, ...changed.slice(at, at + 1 + next(8)));
    else changed[at] = kind === 2 ? 0xff : next(256);
  }
  return Uint8Array.from(changed.slice(0, 400));
}

const raw: Readonly<Record<string, (view: DataView, end: number) => Uint8Array | undefined>> = {
  PUBACK: (view, end) => {
    const answer = readPublishAck(view, 0, end);
    return answer.kind === "fault" ? undefined : encodePublishAck(answer.payload);
  },
  EVACK: (view, end) => {
    const ack = readEventAck(view, 0, end);
    return ack.kind === "fault" ? undefined : encodeEventAck(ack.payload);
  },
  GAP: (view, end) => {
    const gap = readGap(view, 0, end);
    return gap.kind === "fault" ? undefined : encodeGap(gap.payload);
  },
  REPLAY: (view, end) => {
    const replay = readReplay(view, 0, end);
    return replay.kind === "fault" ? undefined : encodeReplay(replay.payload);
  },
  CREDIT: (view, end) => {
    const credit = readCredit(view, 0, end);
    return credit.kind === "fault" ? undefined : encodeCredit(credit.payload);
  },
};
const saturates: ReadonlySet<string> = new Set(["CREDIT", "REPLAY"]);

describe("payloads of control frames, mutated", () => {
  it(
    `are a message or a fault, ${rounds} times, and a message survives its own encoding`,
    () => {
      let faults = 0;
      for (let round = 0; round < rounds; round++) {
        const { type, bytes } = payloads[next(payloads.length)] as (typeof payloads)[number];
        // Any payload may come in the place of any other.
        const codec = codecs[next(4) === 0 ? "Register" : type] as Codec;
        const decoded = decodeControl(codec, mutated(bytes));
        if (decoded.kind === "fault") {
          faults++;
          continue;
        }
        const again = codec.decode(codec.encode(decoded.payload));
        expect(again, `seed ${seed}, round ${round}`).toEqual(decoded.payload);
      }
      expect(faults).toBeGreaterThan(rounds / 10);
      expect(faults).toBeLessThan(rounds);
    },
    timeoutMs,
  );

  it(
    `that are not protobuf are read exactly or refused, ${rounds} times`,
    () => {
      let refused = 0;
      for (let round = 0; round < rounds; round++) {
        const { type, bytes } = raws[next(raws.length)] as (typeof raws)[number];
        const changed = mutated(bytes);
        const again = raw[type]?.(new DataView(changed.buffer), changed.length);
        if (again === undefined) refused++;
        else if (saturates.has(type)) expect(again.length).toBe(changed.length);
        else expect(again, `seed ${seed}, round ${round}: ${type}`).toEqual(changed);
      }
      expect(refused).toBeGreaterThan(rounds / 10);
      expect(refused).toBeLessThan(rounds);
    },
    timeoutMs,
  );
});
