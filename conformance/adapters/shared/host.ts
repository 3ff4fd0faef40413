/** What an adapter program of TypeScript or Node is made of: its name, its own `connect` and its own generated schema. */
import type { Link, LinkOptions } from "@nexus-bridge/sdk";
import type * as schema from "../typescript/gen/nexus/conformance/v1/index.ts";

export type Schema = typeof schema;

export interface Host {
  readonly language: string;
  readonly transports: readonly string[];
  readonly features: readonly string[];
  readonly schema: Schema;
  /** `ca` is the path of a file of authorities, for addresses with TLS. */
  connect(url: string, options: LinkOptions, ca: string | undefined): Promise<Link>;
}

/** One order of the runner; its fields are the operation's. */
export type Order = Readonly<Record<string, unknown>> & {
  readonly id: number;
  readonly op: string;
};

export type Answer = Readonly<Record<string, unknown>>;

export type Operations = Readonly<Record<string, (order: Order) => Promise<Answer> | Answer>>;

/** An order that no correct runner gives: the program says so instead of guessing. */
export class BadOrder extends Error {}

/** Bytes or text that a codec refused. */
export class Malformed extends Error {}

export function textOf(order: Order, field: string): string {
  const value = order[field];
  if (typeof value !== "string") throw new BadOrder(`${order.op} needs the text ${field}`);
  return value;
}

export function numberOf(order: Order, field: string): number | undefined {
  const value = order[field];
  return typeof value === "number" ? value : undefined;
}

export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
