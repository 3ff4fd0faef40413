/** `npm run nexus -- <arguments>`: the CLI from the checkout's sources. */
import { main } from "@nexus-bridge/cli";

await main(process.argv.slice(2));
