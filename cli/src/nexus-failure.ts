/** Shows an error of the SDK to a person or a program: code, reason, message and the details the schema knows. */
import type { Model } from "@nexus-bridge/schema";
import { decodeToJson } from "@nexus-bridge/schema-dynamic";
import { type ErrorDetail, NexusError } from "@nexus-bridge/sdk-node";
import { Failure, SilentFailure } from "./failure.ts";
import { note } from "./output.ts";

interface ShownDetail {
  readonly type: string;
  /** The message in proto-JSON, or base64 where the schema does not know the type. */
  readonly value: unknown;
}

/** The failure that ends a command for `error`; what is no NexusError stays what it is. */
export function failureOf(error: unknown, model: Model | undefined): unknown {
  if (!(error instanceof NexusError)) return error;
  const reason = error.reason === undefined ? "" : ` (${error.reason})`;
  const details = error.details
    .map((detail) => shownDetail(detail, model))
    .map(({ type, value }) => `\n  ${type}: ${JSON.stringify(value)}`);
  return new Failure(`${error.code}${reason}: ${error.message}${details.join("")}`);
}

/** Prints `error` as one line of JSON on stderr and returns the failure that ends the command. */
export function jsonFailureOf(error: unknown, model: Model | undefined): unknown {
  if (!(error instanceof NexusError)) return error;
  const { code, reason, message, retryable } = error;
  const details = error.details.map((detail) => shownDetail(detail, model));
  note(JSON.stringify({ error: { code, reason, message, retryable, details } }));
  return new SilentFailure(message);
}

function shownDetail(detail: ErrorDetail, model: Model | undefined): ShownDetail {
  const type = detail.typeUrl.slice(detail.typeUrl.lastIndexOf("/") + 1);
  const message = model?.messages.get(type);
  if (message !== undefined) {
    try {
      return { type, value: decodeToJson(message, detail.value) };
    } catch {
      // The sender's schema differs from this one; its bytes are shown instead.
    }
  }
  return { type, value: Buffer.from(detail.value).toString("base64") };
}
