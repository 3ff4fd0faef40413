/** `npm run format`: biome's layout and safe fixes over the tree. */
import { fileURLToPath } from "node:url";
import { runStep } from "./check/step.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const result = await runStep({
  name: "format",
  command: ["node_modules/.bin/biome", "check", "--write", "--colors=off"],
  folder: root,
});
console.log(result.output.trimEnd());
if (!result.ok) process.exitCode = 1;
