/** Metadata in orders and answers: pairs in their order, bytes as `{"b64":...}`. */
import type { Metadata, MetadataValue } from "@nexus-bridge/sdk";
import { listOf, recordOf } from "./host.ts";

export type ToldPair = readonly [key: string, value: unknown];

export function pairsFrom(value: unknown): readonly (readonly [string, MetadataValue])[] {
  return listOf(value).map((pair) => {
    const [key, told] = listOf(pair);
    const { b64 } = recordOf(told);
    const bytes = typeof b64 === "string" ? new Uint8Array(Buffer.from(b64, "base64")) : undefined;
    return [String(key), bytes ?? String(told)] as const;
  });
}

export function pairsTold(metadata: Metadata): readonly ToldPair[] {
  return [...metadata].map(([key, value]) => [
    key,
    typeof value === "string" ? value : { b64: Buffer.from(value).toString("base64") },
  ]);
}
