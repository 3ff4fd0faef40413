import { existsSync } from "node:fs";
import { join } from "node:path";
import type { JsonType, MessageType } from "@nexus-bridge/codec";
import type { Message } from "@nexus-bridge/schema";
import fc from "fast-check";
import protobuf from "protobufjs";
import { describe, expect, it } from "vitest";
import { typeName } from "./naming.ts";
import { initOf } from "./testing/arbitrary.ts";
import { fixtures, modelOfFolder, repository } from "./testing/schemas.ts";

type AnyInit = Record<string, unknown>;
type Module = Record<string, unknown>;

/** Fixtures with the message that reaches everything in them. */
const roots: Readonly<Record<string, string>> = {
  scalars: "fixtures.scalars.v1.Scalars",
  repeated: "fixtures.repeated.v1.Repeated",
  maps: "fixtures.maps.v1.Maps",
  oneof: "fixtures.oneof.v1.Choice",
  optional: "fixtures.optional.v1.Optionals",
  enums: "fixtures.enums.v1.Holder",
  well_known: "fixtures.well_known.v1.WellKnown",
  orders: "orders.v1.Order",
};

const cases = fixtures().flatMap(({ name, folder }) => {
  const root = roots[name];
  return root === undefined ? [] : [{ name, folder, root }];
});

async function load(name: string, message: Message) {
  const path = message.file.path.replace(/\.proto$/, ".ts");
  const folder = new URL(
    `../golden/${name}/${message.file.package.replaceAll(".", "/")}/`,
    import.meta.url,
  );
  const file = path.slice(path.lastIndexOf("/") + 1);
  const module: Module = await import(new URL(file, folder).href);
  const own = typeName(message);
  return {
    type: module[own] as MessageType<AnyInit, AnyInit>,
    json: module[`${own}Json`] as JsonType<AnyInit, AnyInit>,
  };
}

function oracleOf(folder: string, message: Message): protobuf.Type {
  const root = new protobuf.Root();
  root.resolvePath = (_, path) => {
    const own = [join(folder, path), join(repository, "schema/proto", path)];
    return own.find((place) => existsSync(place)) ?? path;
  };
  root.loadSync(message.file.path);
  return root.lookupType(message.fullName);
}

describe("generated codecs", () => {
  it.each(cases)(
    "give $name back as it was, and as protobufjs reads and writes it",
    async (item) => {
      const message = messageOf(item.folder, item.root);
      const { type } = await load(item.name, message);
      const oracle = oracleOf(item.folder, message);
      fc.assert(
        fc.property(initOf(message), (init) => {
          const bytes = type.encode(init);
          const decoded = type.decode(bytes);
          expect(decoded).toEqual(type.create(init));
          const theirs = oracle.decode(bytes);
          expect(type.decode(oracle.encode(theirs).finish())).toEqual(decoded);
          // Nothing may hide among the oracle's unknown fields: its object has to be enough.
          const plain = oracle.fromObject(oracle.toObject(theirs, { longs: String, bytes: Array }));
          expect(type.decode(oracle.encode(plain).finish())).toEqual(decoded);
        }),
        { numRuns: 60 },
      );
    },
  );

  it.each(cases)("give $name back through JSON", async (item) => {
    const message = messageOf(item.folder, item.root);
    const { type, json } = await load(item.name, message);
    fc.assert(
      fc.property(initOf(message), (init) => {
        const created = type.create(init);
        expect(json.parse(json.stringify(init))).toEqual(created);
        expect(json.toJson(created)).toEqual(json.toJson(json.fromJson(json.toJson(created))));
      }),
      { numRuns: 60 },
    );
  });

  it.each(cases)("read any bytes as $name or refuse them", async (item) => {
    const message = messageOf(item.folder, item.root);
    const { type } = await load(item.name, message);
    const attempt = (bytes: Uint8Array): void => {
      try {
        type.decode(bytes);
      } catch (error) {
        expect((error as Error).name).toBe("CodecError");
      }
    };
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        initOf(message),
        flips,
        fc.uint8Array({ maxLength: 60 }),
        (init, edits, noise) => {
          const bytes = type.encode(init);
          for (const [place, value] of edits)
            if (bytes.length > 0) bytes[place % bytes.length] = value;
          attempt(bytes);
          attempt(bytes.subarray(0, bytes.length >> 1));
          attempt(noise);
        },
      ),
      { numRuns: 100 },
    );
  });
});

function messageOf(folder: string, name: string): Message {
  const message = modelOfFolder(folder).messages.get(name);
  if (message === undefined) throw new Error(`there is no message ${name}`);
  return message;
}
