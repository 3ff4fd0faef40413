/** The end of a call as it travels: STATUS with code, reason, text and typed details. */
import {
  argAt,
  codeOf,
  decodeControl,
  Flag,
  FrameType,
  flagsAt,
  isCode,
  type Meta,
  payloadStart,
  reasonOf,
  wire,
} from "@nexus-bridge/protocol";
import type { Session } from "../link/session.ts";
import { codeNumber, errorOf, NexusError, reasonNumber } from "../nexus-error.ts";

/** The error that a STATUS frame carries; undefined for code 0. */
export function statusError(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
): NexusError | undefined {
  const code = argAt(view, start);
  if (code === 0) return undefined;
  const notExecuted = (flagsAt(view, start) & Flag.NOEXEC) !== 0;
  const payload = bytes.subarray(payloadStart(view, start), end);
  const status = decodeControl(wire.Status, payload);
  if (status.kind === "fault") return errorOf(2, 0, status.message, { notExecuted });
  const { message, reason, details } = status.payload;
  return errorOf(isCode(code) ? code : 2, reason, message, {
    notExecuted,
    details: details.map(({ typeUrl, value }) => ({ typeUrl, value })),
  });
}

/** The error of a code that stands in a frame's arg: CANCEL, SUBSCRIBED, REGISTERED and their kind. */
export function packedError(packed: number, message: string, notExecuted = false): NexusError {
  return errorOf(codeOf(packed), reasonOf(packed), message, { notExecuted });
}

export function sendStatus(
  session: Session,
  id: number,
  frameClass: number,
  error: NexusError | undefined,
  trailers?: Meta,
): void {
  const flags = Flag.END | (error?.notExecuted === true ? Flag.NOEXEC : 0);
  const payload =
    error === undefined
      ? undefined
      : wire.Status.encode({
          message: error.message,
          reason: reasonNumber(error),
          details: error.details.map(({ typeUrl, value }) => ({ typeUrl, value })),
        });
  session.control({
    type: FrameType.STATUS,
    flags,
    class: frameClass,
    stream: id,
    arg: error === undefined ? 0 : codeNumber(error),
    ...(payload !== undefined && { payload }),
    ...(trailers !== undefined && { meta: trailers }),
  });
}

/** An error from the wire whose cause is only known here. */
export function withCause(error: NexusError, cause: unknown): NexusError {
  return new NexusError({
    code: error.code,
    message: error.message,
    retryable: error.retryable,
    details: error.details,
    notExecuted: error.notExecuted,
    cause,
    ...(error.reason !== undefined && { reason: error.reason }),
  });
}
