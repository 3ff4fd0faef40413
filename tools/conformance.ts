/** `npm run conformance -- [--lang a,b] [--pair a:b] [--family f] [--case id] [--matrix] [--json]`. */
import { handOver } from "./hand-over.ts";

handOver("conformance/src/main.ts");
