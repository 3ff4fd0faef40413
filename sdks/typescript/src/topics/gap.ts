/** What is missing, as the reader is told: gaps that the router reports, and those that only the receiver can see. */
import { type ControlFault, GapReason, readGap } from "@nexus-bridge/protocol";
import type { EventPosition, Gap, GapReasonName } from "../subscription-item.ts";

const reasons: Readonly<Record<number, GapReasonName>> = {
  [GapReason.SLOW]: "slow",
  [GapReason.RETENTION]: "retention",
  [GapReason.RESUME]: "resume",
  [GapReason.RATE]: "rate",
  [GapReason.CODEC]: "codec",
  [GapReason.RESET]: "reset",
};

/** The payload of a GAP frame. */
export function gapOf(
  view: DataView,
  start: number,
  end: number,
  topic: string,
): Gap | ControlFault {
  const result = readGap(view, start, end);
  if (result.kind === "fault") return result;
  const { epoch, from, to, count, reason } = result.payload;
  const isPlaced = from !== 0 || to !== 0;
  return {
    kind: "gap",
    topic,
    epoch: isPlaced ? epoch : undefined,
    first: isPlaced ? from : undefined,
    last: isPlaced ? to : undefined,
    count,
    reason: reasons[reason] ?? "unreported",
  };
}

export function lostGap(
  topic: string,
  count: number,
  reason: GapReasonName,
  position?: EventPosition,
): Gap {
  const sequence = position?.sequence;
  return {
    kind: "gap",
    topic,
    epoch: position?.epoch,
    first: sequence,
    last: sequence,
    count,
    reason,
  };
}
