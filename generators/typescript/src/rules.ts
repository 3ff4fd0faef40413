/** Which messages have something to validate, themselves or in what they hold. */
import type { Field, Message } from "@nexus-bridge/schema";

export function hasRules(message: Message): boolean {
  const seen = new Set<Message>();
  const queue: Message[] = [message];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    for (const field of next.fields) {
      if (isChecked(field)) return true;
      if (field.type.kind === "message") queue.push(field.type.message);
    }
  }
  return false;
}

function isChecked(field: Field): boolean {
  const { rules } = field;
  return (
    rules !== undefined &&
    (rules.required ||
      rules.min !== undefined ||
      rules.max !== undefined ||
      rules.minLength !== undefined ||
      rules.maxLength !== undefined)
  );
}
