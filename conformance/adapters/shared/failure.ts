/** Errors of the SDK as answers; anything else is a fault of the SDK and is told as one. */
import { NexusError } from "@nexus-bridge/sdk";
import { type Answer, BadOrder, type Host, Malformed } from "./host.ts";

export function failureTold(error: unknown, { schema }: Host): Answer {
  if (error instanceof BadOrder) return { broken: error.message };
  if (error instanceof Malformed) return { failed: { code: "MALFORMED", message: error.message } };
  if (!(error instanceof NexusError)) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { failed: { code: "NOT_A_NEXUS_ERROR", message: text } };
  }
  const declared = schema.EchoFailedError.is(error) ? { declared: error.detail.why } : {};
  return {
    failed: {
      code: error.code,
      message: error.message,
      retryable: error.retryable,
      notExecuted: error.notExecuted,
      details: error.details.map(({ typeUrl, value }) => ({
        type: typeUrl,
        value: Buffer.from(value).toString("base64"),
      })),
      ...(error.reason === undefined ? {} : { reason: error.reason }),
      ...declared,
    },
  };
}
