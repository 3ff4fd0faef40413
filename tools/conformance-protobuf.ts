/** `npm run conformance:protobuf -- [--lang a,b] [--json]`. */
import { handOver } from "./hand-over.ts";

handOver("conformance/src/protobuf/main.ts");
