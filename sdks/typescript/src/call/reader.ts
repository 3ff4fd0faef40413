/** From bytes to a message that may be used: decoded, and on its way to a handler also checked against the schema's rules. */
import type { CodeName } from "@nexus-bridge/protocol";
import type { AnyMessageType } from "../descriptor.ts";
import { decodeMessage } from "../link/encoding.ts";
import { NexusError } from "../nexus-error.ts";
import { checkRules } from "../validation.ts";
import type { Read } from "./incoming.ts";

/** Decodes; what cannot be decoded is an error with `code`. */
export function reader(type: AnyMessageType, code: CodeName): Read {
  return (bytes, from, to) => {
    try {
      return decodeMessage(type, bytes, from, to);
    } catch (cause) {
      throw new NexusError({ code, message: `the bytes are no valid ${type.typeName}`, cause });
    }
  };
}

/** Decodes and validates, for handlers. */
export function checkedReader(type: AnyMessageType): Read {
  const read = reader(type, "INVALID_ARGUMENT");
  if (type.validate === undefined) return read;
  return (bytes, from, to) => {
    const message = read(bytes, from, to);
    checkRules(type, message);
    return message;
  };
}
