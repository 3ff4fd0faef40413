import { Code, Flag, FrameType, packCode, Reason, wire } from "@nexus-bridge/protocol";
import { describe, expect, it } from "vitest";
import type { SchemaJudge } from "./schema-judge.ts";
import { bind, Method, SERVICE, unary } from "./testing/demo.ts";
import { Harness, type Peer, type Received } from "./testing/harness.ts";

/** Types by number: below 10 they fit, from 20 on they are known to break, 15 is lossy, everything else unknown. */
function judgeOf(asked: bigint[] = []): SchemaJudge {
  return {
    judge: (before, after) => {
      asked.push(before, after);
      const [worst = 0n] = [before, after].toSorted((left, right) => (left > right ? -1 : 1));
      if (worst < 10n) return { verdict: "compatible", message: "" };
      if (worst === 15n) return { verdict: "lossy", message: "demo.Text.note: is gone" };
      if (worst >= 20n) return { verdict: "breaking", message: "demo.Text.id: another type" };
      return { verdict: "unknown", message: "" };
    },
  };
}

const offer = (request: bigint, response = 1n) => [
  { name: "Say", kind: 1, requestFingerprint: request, responseFingerprint: response },
];

const registered = (peer: Peer): { readonly arg: number; readonly message: string } => {
  const [answer] = peer.takeOf(FrameType.REGISTERED);
  if (answer === undefined) throw new Error("REGISTERED did not come");
  return { arg: answer.arg, message: wire.Registered.decode(answer.payload).message };
};

const MISMATCH = packCode(Code.FAILED_PRECONDITION, Reason.SCHEMA_MISMATCH);

describe("REGISTER", () => {
  it("takes instances whose types are the same, compatible, lossy or unknown", () => {
    const harness = new Harness({ schemaJudge: judgeOf() });
    for (const request of [1n, 1n, 2n, 15n, 11n, 0n]) {
      const peer = harness.peer().register(1, SERVICE, offer(request));
      expect(registered(peer).arg).toBe(0);
    }
    expect(harness.router.stats).toMatchObject({ schemaLossy: 3, schemaUnknown: 2 });
  });

  it.each([
    ["request", offer(20n)],
    ["response", offer(1n, 20n)],
  ])(
    "refuses an instance whose %s breaks those that serve, and names the field",
    (side, methods) => {
      const harness = new Harness({ schemaJudge: judgeOf() });
      const first = harness.peer().register(1, SERVICE, offer(1n));
      first.take();
      const second = harness.peer().register(1, SERVICE, methods);
      const { arg, message } = registered(second);
      expect(arg).toBe(MISMATCH);
      expect(message).toContain(`${Method.SAY}: the ${side}`);
      expect(message).toContain("demo.Text.id: another type");
      expect(harness.router.services(SERVICE)[0]?.instances).toHaveLength(1);
      first.kill();
      second.register(3, SERVICE, methods);
      expect(registered(second).arg).toBe(0);
    },
  );

  it("says a pair once, and counts it every time", () => {
    const harness = new Harness({ schemaJudge: judgeOf() });
    harness.peer().register(1, SERVICE, offer(1n));
    const peer = harness.peer();
    for (const id of [1, 5]) {
      peer.register(id, SERVICE, offer(15n));
      peer.send({ type: FrameType.UNREGISTER, stream: id });
    }
    expect(harness.router.stats.schemaLossy).toBe(2);
    expect(harness.events.filter(({ kind }) => kind === "schemaDiffers")).toEqual([
      {
        kind: "schemaDiffers",
        link: 2,
        what: `${Method.SAY} request`,
        verdict: "lossy",
        message: "demo.Text.note: is gone",
      },
    ]);
  });

  it("keeps at most so many different types of one method", () => {
    const limits = { schemaFingerprintsPerMethod: 2 };
    const harness = new Harness({ schemaJudge: judgeOf(), limits });
    const peers = [1n, 2n, 2n, 3n].map((request) =>
      harness.peer().register(1, SERVICE, offer(request)),
    );
    const answers = peers.map((peer) => registered(peer).arg);
    expect(answers).toEqual([0, 0, 0, Code.RESOURCE_EXHAUSTED]);
    peers[0]?.kill();
    expect(registered(harness.peer().register(1, SERVICE, offer(3n))).arg).toBe(0);
  });

  it("compares nothing where nobody knows schemas", () => {
    const harness = new Harness();
    for (const request of [1n, 20n]) {
      expect(registered(harness.peer().register(1, SERVICE, offer(request))).arg).toBe(0);
    }
  });
});

const statusOf = (frames: readonly Received[]) => {
  const status = frames.find(({ type }) => type === FrameType.STATUS);
  return (
    status && {
      code: status.arg,
      isUnexecuted: (status.flags & Flag.NOEXEC) !== 0,
      ...wire.Status.decode(status.payload),
    }
  );
};

function parties(asked: bigint[] = []) {
  const harness = new Harness({ schemaJudge: judgeOf(asked) });
  const provider = harness.peer().register(1, SERVICE, offer(1n));
  provider.take();
  return { harness, provider, caller: harness.peer() };
}

const typed = (stream: number, fingerprint: bigint) =>
  unary(stream, { meta: { name: Method.SAY, fingerprint } });
const aliased = (stream: number, fingerprint?: bigint) =>
  unary(stream, { route: 1, meta: fingerprint === undefined ? {} : { fingerprint } });

describe("OPEN", () => {
  it("is refused where the caller's type breaks the provider's, certainly not executed", () => {
    const { provider, caller, harness } = parties();
    caller.send(typed(1, 20n));
    expect(provider.take()).toEqual([]);
    expect(statusOf(caller.take())).toMatchObject({
      code: Code.FAILED_PRECONDITION,
      reason: Reason.SCHEMA_MISMATCH,
      isUnexecuted: true,
      message: expect.stringContaining("demo.Text.id: another type"),
    });
    expect(harness.router.stats).toMatchObject({ schemaRefused: 1, callsRefused: 1 });
  });

  it("passes where the types are the same, fit, or are not told", () => {
    const { provider, caller } = parties();
    for (const [at, fingerprint] of [1n, 2n, 15n, 11n, 0n].entries()) {
      caller.send(typed(1 + 2 * at, fingerprint));
    }
    caller.send(unary(21));
    expect(provider.takeOf(FrameType.OPEN)).toHaveLength(6);
    expect(caller.take()).toEqual([]);
  });

  it("is refused by the same alias also where the type is not told again", () => {
    const { harness, provider, caller } = parties();
    caller.send(bind(1, Method.SAY), aliased(1, 20n), aliased(3));
    expect(caller.takeOf(FrameType.STATUS).map(({ arg }) => arg)).toEqual([9, 9]);
    expect(harness.router.stats).toMatchObject({ schemaRefused: 2, callsRefused: 2 });
    caller.send(aliased(5, 2n), aliased(7));
    expect(provider.takeOf(FrameType.OPEN)).toHaveLength(2);
  });

  it("is asked for once an alias, and again when providers or schemas change", () => {
    const asked: bigint[] = [];
    const { harness, provider, caller } = parties(asked);
    caller.send(bind(1, Method.SAY), aliased(1, 2n), aliased(3, 2n), aliased(5));
    expect(asked).toEqual([1n, 2n]);
    harness.router.schemasChanged();
    caller.send(aliased(7));
    expect(asked).toEqual([1n, 2n, 1n, 2n]);
    provider.kill();
    harness.peer().register(1, SERVICE, offer(30n));
    caller.take();
    caller.send(aliased(9));
    expect(statusOf(caller.take())).toMatchObject({ reason: Reason.SCHEMA_MISMATCH });
  });

  it("is refused where the fingerprint has another size than 8 bytes", () => {
    const { caller, provider } = parties();
    const unknown = [{ tag: 0x0b, critical: false, value: new Uint8Array(4) }];
    caller.send(unary(1, { meta: { name: Method.SAY, unknown } }));
    expect(statusOf(caller.take())).toMatchObject({ code: Code.INVALID_ARGUMENT });
    expect(provider.take()).toEqual([]);
  });
});
