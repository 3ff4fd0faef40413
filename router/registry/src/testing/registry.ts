/** A registry in memory for tests, and small schemas for it. */
import { compileSet } from "../compile-set.ts";
import { Registry, type RegistryOptions } from "../registry.ts";
import type { SchemaSet } from "../schema-set.ts";

export const testLimits = {
  schemaSetBytes: 16_384,
  schemaBytesPerSecond: 1024,
  schemaFiles: 10,
  schemaVersions: 20,
  schemaRegistryBytes: 65_536,
};

export function testRegistry(options: Partial<RegistryOptions> = {}): Registry {
  return new Registry({
    compile: async (set) => compileSet(set),
    limits: () => testLimits,
    wallMs: hourly(),
    ...options,
  });
}

/** A clock that goes on by an hour each time it is read: nothing comes too fast. */
function hourly(): () => number {
  let hours = 0;
  return () => ++hours * 3_600_000;
}

/** One file, `shop/v1/shop.proto`, with `body` below its package. */
export function schemaOf(body: string, path = "shop/v1/shop.proto"): SchemaSet {
  const text = `syntax = "proto3";\npackage shop.v1;\nimport "nexus/options.proto";\n${body}\n`;
  return { files: [{ path, text }], inputs: [path] };
}

/** An order whose id has `type`, a service that takes it and a topic that carries it. */
export const shop = (type: string, more = ""): SchemaSet =>
  schemaOf(`
service Shop { rpc Place(Order) returns (Receipt); }
message Order { ${type} id = 1; Line line = 2; ${more} }
message Line { string sku = 1; }
message Receipt { string id = 1; }
message Placed { option (nexus.topic).name = "shop.{region}.placed"; string region = 1; }
message PlacedInEu { option (nexus.topic).name = "shop.eu.placed"; }
message Counted { option (nexus.topic).name = "shop.count.{number}"; int32 number = 1; }
`);
