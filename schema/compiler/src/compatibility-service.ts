/** Compares two versions of a service: methods by name, what they take and give, and what callers may rely on. */
import { type Change, changeOf, type Where } from "./compatibility-change.ts";
import type { Method, MethodShape, Service } from "./model.ts";

export function compareServices(before: Service, after: Service): readonly Change[] {
  const where: Where = { path: after.fullName, before, after };
  const old = new Map(before.methods.map((method) => [method.name, method]));
  const now = new Map(after.methods.map((method) => [method.name, method]));
  const changes: Change[] = [];
  for (const [name, method] of old) {
    const same = now.get(name);
    if (same !== undefined) changes.push(...compareMethods(method, same));
    else {
      const place = { path: method.fullName, before: method, after };
      changes.push(changeOf("method-removed", place, `the method ${name} is gone`));
    }
  }
  for (const [name, method] of now) {
    if (old.has(name)) continue;
    const place = { path: method.fullName, after: method };
    changes.push(changeOf("method-added", place, `the method ${name} is new`));
  }
  const words = [
    ...changed("version", before.version, after.version),
    ...changed("balancing", before.balancing, after.balancing),
  ];
  if (words.length > 0) changes.push(changeOf("service-policy", where, words.join("; ")));
  return changes;
}

const shapes: Readonly<Record<MethodShape, string>> = {
  unary: "unary",
  client_stream: "a client stream",
  server_stream: "a server stream",
  bidi: "a stream in both directions",
};

function compareMethods(before: Method, after: Method): readonly Change[] {
  const where: Where = { path: after.fullName, before, after };
  const changes: Change[] = [];
  if (before.shape !== after.shape) {
    const words = `the method was ${shapes[before.shape]} and is ${shapes[after.shape]} now`;
    changes.push(changeOf("method-shape", where, words));
  }
  for (const [kind, side] of [
    ["method-request", "request"],
    ["method-response", "response"],
  ] as const) {
    const [old, now] = [before[side].fullName, after[side].fullName];
    if (old === now) continue;
    changes.push(changeOf(kind, where, `the ${side} changed from ${old} to ${now}`));
  }
  if (before.idempotent !== after.idempotent) {
    const kind = after.idempotent ? "method-idempotent" : "method-not-idempotent";
    const words = after.idempotent ? "is idempotent now" : "is no longer idempotent";
    changes.push(changeOf(kind, where, `the method ${words}`));
  }
  return [...changes, ...compareSets(before, after, where), ...comparePolicy(before, after, where)];
}

function compareSets(before: Method, after: Method, where: Where): readonly Change[] {
  const changes: Change[] = [];
  const added = after.scopes.filter((scope) => !before.scopes.includes(scope));
  const removed = before.scopes.filter((scope) => !after.scopes.includes(scope));
  if (added.length > 0) {
    changes.push(changeOf("method-scopes-added", where, `callers also need ${added.join(", ")}`));
  }
  if (removed.length > 0) {
    const words = `callers no longer need ${removed.join(", ")}`;
    changes.push(changeOf("method-scopes-removed", where, words));
  }
  const [old, now] = [before, after].map(({ errors }) => errors.map(({ fullName }) => fullName));
  const words = [
    ...(now ?? []).filter((name) => !old?.includes(name)).map((name) => `${name} is new`),
    ...(old ?? []).filter((name) => !now?.includes(name)).map((name) => `${name} is gone`),
  ];
  if (words.length > 0) {
    changes.push(changeOf("method-errors", where, `declared errors: ${words.join(", ")}`));
  }
  return changes;
}

function comparePolicy(before: Method, after: Method, where: Where): readonly Change[] {
  const words = [
    ...changed("timeout_ms", before.timeoutMs, after.timeoutMs),
    ...changed("priority", before.priority, after.priority),
    ...changed("retry", partsText(before.retry), partsText(after.retry)),
    ...changed("rate_limit", partsText(before.rateLimit), partsText(after.rateLimit)),
  ];
  return words.length === 0 ? [] : [changeOf("method-policy", where, words.join("; "))];
}

function changed(
  name: string,
  old: string | number | undefined,
  now: string | number | undefined,
): readonly string[] {
  return old === now ? [] : [`${name} changed from ${old ?? "none"} to ${now ?? "none"}`];
}

function partsText(parts: object | undefined): string | undefined {
  if (parts === undefined) return undefined;
  return Object.entries(parts)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}
