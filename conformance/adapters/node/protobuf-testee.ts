/** Speaks protobuf's conformance protocol with the JavaScript classes of the Node adapter. */
import { fileURLToPath } from "node:url";
import { serveTestee } from "../../src/protobuf/testee.ts";

await serveTestee(fileURLToPath(new URL("../../.protobuf/classes/node", import.meta.url)));
