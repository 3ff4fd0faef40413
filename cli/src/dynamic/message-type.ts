/** Message types for the SDK whose messages are proto-JSON values of a schema known only now, or plain bytes. */
import type { MessageType } from "@nexus-bridge/codec";
import type { Message } from "@nexus-bridge/schema";
import { decodeToJson, encodeJson } from "@nexus-bridge/schema-dynamic";

/** Messages are proto-JSON values. `encode` throws where a value does not fit the schema. */
export function jsonMessageType(message: Message): MessageType<unknown> {
  return {
    typeName: message.fullName,
    fingerprint: message.fingerprint,
    create: (init) => init ?? {},
    encode: (value) => encodeJson(message, value),
    decode: (bytes) => decodeToJson(message, bytes),
    write: (writer, value) => writer.raw(encodeJson(message, value)),
    read: (reader, end) => {
      const bytes = reader.bytes.subarray(reader.position, end);
      reader.position = end;
      return decodeToJson(message, bytes);
    },
  };
}

/** Messages are the bytes themselves, of whatever type. */
export function bytesMessageType(
  typeName: string,
  fingerprint: bigint,
): MessageType<Uint8Array<ArrayBufferLike>> {
  return {
    typeName,
    fingerprint,
    create: (init) => init ?? new Uint8Array(),
    encode: (bytes) => bytes,
    decode: (bytes) => bytes.slice(),
    write: (writer, bytes) => writer.raw(bytes),
    read: (reader, end) => {
      const bytes = reader.bytes.slice(reader.position, end);
      reader.position = end;
      return bytes;
    },
  };
}
