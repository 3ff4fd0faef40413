/** Faults that end a link: a code of the protocol and a sentence for the peer's log. */
import {
  type FrameFault,
  frameTypeName,
  LinkCode,
  payloadCrcMatches,
} from "@nexus-bridge/protocol";
import type { Frame } from "./frame.ts";

export type { FrameFault };

export const protocolError = (message: string): FrameFault => ({
  code: LinkCode.PROTOCOL_ERROR,
  message,
});

/** The fault of a payload that the router acts on and its peer did not write so; messages are for their receivers to verify. */
export function payloadFault({ type, bytes, view, start, end }: Frame): FrameFault | undefined {
  if (payloadCrcMatches(bytes, view, start, end)) return undefined;
  return protocolError(`the checksum of ${frameTypeName(type)} is wrong`);
}
