/** `npm run simulate -- --seeds 20000 [--from N]`. */
import { handOver } from "./hand-over.ts";

handOver("simulation/src/main.ts");
