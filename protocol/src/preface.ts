/** The eight bytes that open a binary link in each direction, before the first frame. */

export const PREFACE: Readonly<Uint8Array> = Uint8Array.of(
  0x89,
  0x4e,
  0x58,
  0x53,
  0x0d,
  0x0a,
  0x1a,
  0x0a,
);
export const PREFACE_BYTES = 8;
/** The WebSocket subprotocol of binary frames; such a link has no preface. */
export const SUBPROTOCOL = "nexus.v1.bin";
/** The subprotocol of the JSON lines that a person or a test writes: one object in each text message. */
export const JSON_SUBPROTOCOL = "nexus.v1.json";

/** The preface as bytes of one's own. */
export function preface(): Uint8Array {
  return PREFACE.slice();
}

/**
 * Takes the preface off the front of a byte stream that comes in any pieces. A wrong byte is final: the link closes without an
 * answer.
 */
export class PrefaceReader {
  #seen = 0;

  /** How many bytes of `bytes` belong to the preface, or -1 when they are none. */
  take(bytes: Uint8Array): number {
    const wanted = Math.min(bytes.length, PREFACE_BYTES - this.#seen);
    for (let at = 0; at < wanted; at++) if (bytes[at] !== PREFACE[this.#seen + at]) return -1;
    this.#seen += wanted;
    return wanted;
  }

  get complete(): boolean {
    return this.#seen === PREFACE_BYTES;
  }
}
