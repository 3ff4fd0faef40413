/** Broken routers, made between the referee's raw client and the real one. */
import { frame, seal, type } from "../referee/wire.ts";
import type { Mutant } from "./mutant.ts";
import { type Change, changed, mutation, typeOf } from "./wire-mutants.ts";

const only =
  (number: number, change: Change): Change =>
  (bytes) =>
    typeOf(bytes) === number ? change(bytes) : undefined;

const broken = (name: string, killedBy: string, heard: Change): Mutant => ({
  name: `router-${name}`,
  who: "router",
  killedBy,
  mutate: mutation({ heard }),
});

const deaf = (name: string, killedBy: string, said: Change): Mutant => ({
  name: `router-${name}`,
  who: "router",
  killedBy,
  mutate: mutation({ said }),
});

export const routerMutants: readonly Mutant[] = [
  broken(
    "says-nothing-before-it-closes",
    "router.malformed.meta-length.3",
    only(type.error, () => []),
  ),
  broken(
    "has-one-error-for-all",
    "router.malformed.header-crc.byte-6",
    only(type.error, (bytes) => changed(bytes, (copy) => copy.writeUInt32BE(0x101, 20))),
  ),
  deaf("does-not-check-the-header-crc", "router.malformed.header-crc.byte-6", (bytes) => [
    seal(Buffer.from(bytes)),
  ]),
  deaf("accepts-any-version", "router.malformed.version.major-2", (bytes) =>
    changed(bytes, (copy) => copy.writeUInt8(0x10, 4)),
  ),
  broken(
    "refuses-with-the-wrong-code",
    "router.malformed.open.unbound-alias",
    only(type.status, (bytes) => changed(bytes, (copy) => copy.writeUInt32BE(13, 20))),
  ),
  broken(
    "never-pongs",
    "router.malformed.type.0c-with-skip",
    only(type.pong, () => []),
  ),
  broken("pings-on-a-stream", "router.malformed.type.0c-with-skip", (bytes) =>
    typeOf(bytes) === type.pong
      ? [bytes, frame({ type: type.pong, payload: Buffer.alloc(8), flags: 0, stream: 1 })]
      : undefined,
  ),
];
