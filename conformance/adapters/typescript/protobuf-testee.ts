/** Speaks protobuf's conformance protocol with the TypeScript classes. */
import { fileURLToPath } from "node:url";
import { serveTestee } from "../../src/protobuf/testee.ts";

await serveTestee(fileURLToPath(new URL("../../.protobuf/classes/typescript", import.meta.url)));
