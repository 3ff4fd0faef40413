/** A dialler into one hub whose connections a test can cut, refuse and count. */
import type { Channel, Dial } from "@nexus-bridge/protocol";
import { Hub } from "../memory/hub.ts";
import { memoryChannels } from "../memory/memory-channel.ts";

export interface Cuttable {
  readonly dial: Dial;
  readonly hub: Hub;
  /** Attempts so far. */
  dials: number;
  refusing: boolean;
  /** Ends every connection as a broken network does. */
  cut(): void;
}

export function cuttable(): Cuttable {
  const hub = new Hub({});
  const open: Channel[] = [];
  const self: Cuttable = {
    hub,
    dials: 0,
    refusing: false,
    async dial() {
      self.dials += 1;
      if (self.refusing) throw new Error("connection refused");
      const [near, far] = memoryChannels("cuttable");
      open.push(near);
      hub.attach(far);
      return near;
    },
    cut() {
      for (const channel of open.splice(0)) channel.destroy(new Error("cut"));
    },
  };
  return self;
}
