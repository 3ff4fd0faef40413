/** Faults that end a link: a code of the protocol and a sentence for the peer's log. */
import { type FrameFault, LinkCode } from "@nexus-bridge/protocol";

export type { FrameFault };

export const protocolError = (message: string): FrameFault => ({
  code: LinkCode.PROTOCOL_ERROR,
  message,
});
