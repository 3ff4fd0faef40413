/** `npm run bench -- <workload>`. */
import { handOver } from "./hand-over.ts";

handOver("benchmarks/src/main.ts");
