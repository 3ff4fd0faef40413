import { FrameType } from "@nexus-bridge/protocol";
import { Router } from "@nexus-bridge/router-core";
import { memoryPair } from "@nexus-bridge/transports";
import fc from "fast-check";
import { expect, test } from "vitest";
import { inflate } from "../encodings.ts";
import { debugChannel } from "./debug-channel.ts";

const HELLO = '{"t":"HELLO"}';
const schema = {
  fromJson: (text: string) => new TextEncoder().encode(text),
  toJson: (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes)),
};
const schemas = { method: () => ({ request: schema, response: schema }), topic: () => schema };

const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const small = fc.constantFrom(0, 1, 2, 3, 4, 5, 7, 9, 4_294_967_295);
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.record({ pattern: fc.constantFrom("a", "a.*", ">", "") }),
  fc.record({
    service: fc.constantFrom("demo.Echo", "x"),
    methods: fc.constant([
      { name: "Say", kind: 1 },
      { name: "Chat", kind: 4 },
    ]),
  }),
  fc.record({ messages: fc.constantFrom("1", "64"), bytes: fc.constantFrom("0", "99999") }),
);
/** Objects that look like frames, and some that do not. */
const line = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .record({
        t: fc.constantFrom(...Object.keys(FrameType)),
        s: some(small),
        r: some(fc.constantFrom("demo.Echo/Say", "demo.Echo/Chat", "a", "a.b", "$x")),
        f: some(fc.subarray(["END", "RETAIN", "JSON", "NOEXEC", "SKIP"])),
        a: some(small),
        m: some(fc.constantFrom({}, { orderingKey: "k" }, { user: [["a", "b"]] }, { ttlMs: 0 })),
        p: some(value),
      })
      .map((frame) => JSON.stringify(frame)),
  },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string() },
);

test("nothing that is typed makes the router fail, or answers with what is no JSON", async () => {
  const failures: string[] = [];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(line, { maxLength: 12 }), { minLength: 1, maxLength: 3 }),
      async (peers) => {
        let isAsked = false;
        const router: Router = new Router({
          now: () => 0,
          wallMicros: () => 0,
          random: () => 0.5,
          requestFlush: () => {
            isAsked = true;
          },
          onEvent: (event) => {
            if (event.kind === "failed") failures.push(event.message);
          },
          encodings: { inflate, schemas },
          slabsMax: 8,
        });
        const turn = async () => {
          for (let round = 0; round < 12; round++) {
            if (isAsked) {
              isAsked = false;
              router.flush();
            }
            await Promise.resolve();
          }
        };
        const text: string[] = [];
        const ends = peers.map(() => {
          const [near, far] = memoryPair();
          router.attach(debugChannel(near, schemas));
          const ignore = () => undefined;
          far.start({
            data: (bytes) => text.push(new TextDecoder().decode(bytes)),
            ended: ignore,
            closed: ignore,
          });
          return far;
        });
        for (const [at, typed] of peers.entries()) {
          for (const each of [HELLO, ...typed]) {
            ends[at]?.write(new TextEncoder().encode(`${each}\n`));
            await turn();
          }
        }
        for (const end of ends) end.end();
        await turn();
        expect(failures).toEqual([]);
        expect(text.join("")).toContain("WELCOME");
        for (const got of text.join("").split("\n").filter(Boolean)) {
          expect(typeof JSON.parse(got).t).toBe("string");
        }
        router.close();
      },
    ),
    { numRuns: 150 },
  );
}, 60_000);
