/** Compares what a message is to Nexus beside its fields: the topic it is published on, the error it is raised as. */
import { type Change, changeOf, type Where } from "./compatibility-change.ts";
import type { Message, Topic } from "./model.ts";

export function compareTopics(before: Message, after: Message): readonly Change[] {
  const where: Where = { path: after.fullName, before, after };
  const [old, now] = [before.topic, after.topic];
  if (old === undefined && now === undefined) return [];
  if (old === undefined) {
    return [changeOf("topic-added", where, `the message is published on ${now?.template} now`)];
  }
  if (now === undefined) {
    return [changeOf("topic-removed", where, `the topic ${old.template} is gone`)];
  }
  return [...compareNames(old, now, where), ...compareGuarantees(old, now, where)];
}

/** What reaches the wire counts: a token that names the same field by another name is the same. */
function compareNames(old: Topic, now: Topic, where: Where): readonly Change[] {
  const [before, after] = [old, now].map(({ tokens }) =>
    tokens
      .map((token) => (token.kind === "field" ? `{${token.field.number}}` : token.text))
      .join("."),
  );
  if (before === after) return [];
  const words = `the topic changed from ${old.template} to ${now.template}`;
  return [changeOf("topic-name", where, words)];
}

function compareGuarantees(old: Topic, now: Topic, where: Where): readonly Change[] {
  const changes: Change[] = [];
  if (old.qos !== now.qos) {
    const kind = old.qos < now.qos ? "topic-qos-raised" : "topic-qos-lowered";
    changes.push(changeOf(kind, where, `the quality of service was ${old.qos} and is ${now.qos}`));
  }
  if (old.retained !== now.retained) {
    const kind = now.retained ? "topic-retained" : "topic-not-retained";
    const words = now.retained ? "is retained now" : "is no longer retained";
    changes.push(changeOf(kind, where, `the last value ${words}`));
  }
  if (old.orderingKey?.number !== now.orderingKey?.number) {
    const kind = old.orderingKey === undefined ? "topic-ordering-added" : "topic-ordering-changed";
    const names = [old, now].map(({ orderingKey }) => orderingKey?.name ?? "none");
    const words = `the ordering key changed from ${names.join(" to ")}`;
    changes.push(changeOf(kind, where, words));
  }
  if (old.ttlMs !== now.ttlMs) {
    const isShorter = (now.ttlMs ?? Infinity) < (old.ttlMs ?? Infinity);
    const kind = isShorter ? "topic-ttl-shorter" : "topic-ttl-longer";
    const times = [old, now].map(({ ttlMs }) => ttlMs ?? "none");
    changes.push(changeOf(kind, where, `ttl_ms changed from ${times.join(" to ")}`));
  }
  if (old.compatibility !== now.compatibility) {
    const promises = [old, now].map(({ compatibility }) => compatibility ?? "none given");
    const words = `the promise of compatibility changed from ${promises.join(" to ")}`;
    changes.push(changeOf("topic-compatibility", where, words));
  }
  return changes;
}

export function compareErrors(before: Message, after: Message): readonly Change[] {
  const where: Where = { path: after.fullName, before, after };
  const [old, now] = [before.error, after.error];
  if (old === undefined && now === undefined) return [];
  if (old === undefined) {
    return [changeOf("error-added", where, `the message is an error now, ${now?.codeName}`)];
  }
  if (now === undefined) {
    return [changeOf("error-removed", where, `the message is no error any more`)];
  }
  const changes: Change[] = [];
  if (old.code !== now.code) {
    const words = `the code changed from ${old.codeName} to ${now.codeName}`;
    changes.push(changeOf("error-code", where, words));
  }
  if (old.retryable !== now.retryable) {
    const words = now.retryable ? "is retryable now" : "is no longer retryable";
    changes.push(changeOf("error-retryable", where, `the error ${words}`));
  }
  return changes;
}
