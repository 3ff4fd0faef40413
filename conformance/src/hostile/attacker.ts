/** `attacker.ts <attack> <port>`: attacks, says what it counted, and keeps its links open until it is killed. */
import { decoding } from "./attacks/decoding.ts";
import { exhaustion } from "./attacks/exhaustion.ts";
import { floods } from "./attacks/floods.ts";
import { greetings } from "./attacks/greetings.ts";
import { readers } from "./attacks/readers.ts";

export type AttackFunction = (port: number) => Promise<Readonly<Record<string, number>>>;

const attacks: Readonly<Record<string, AttackFunction>> = {
  ...floods,
  ...greetings,
  ...exhaustion,
  ...readers,
  ...decoding,
};

const [, , name = "", port = ""] = process.argv;
const attack = attacks[name];
if (attack === undefined) throw new Error(`there is no attack ${name}`);
process.on("disconnect", () => process.exit(0));
const evidence = await attack(Number(port));
process.send?.(evidence);
