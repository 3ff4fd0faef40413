import type { MessageType } from "@nexus-bridge/codec";
import * as codec from "@nexus-bridge/codec";
import { expect, it } from "vitest";
import { modelOfTexts } from "./testing/schemas.ts";

it("the runtime's well-known types have the schema's names and fingerprints", () => {
  const files = ["any", "duration", "empty", "field_mask", "struct", "timestamp", "wrappers"];
  const imports = files.map((name) => `import "google/protobuf/${name}.proto";`).join("\n");
  const fields = ["Any", "Duration", "Empty", "FieldMask", "Struct", "Timestamp", "StringValue"];
  const members = fields.map((name, index) => `google.protobuf.${name} f${index} = ${index + 1};`);
  const text = `syntax = "proto3";\n${imports}\nmessage M { ${members.join("\n")} }`;
  const model = modelOfTexts({ "m.proto": text });
  const known = [...model.messages.values()].filter((message) => message.wellKnown !== undefined);
  expect(known).toHaveLength(17);
  for (const { name, fullName, fingerprint } of known) {
    const type = (codec as unknown as Record<string, MessageType<unknown>>)[name];
    expect(type).toMatchObject({ typeName: fullName, fingerprint });
  }
});
