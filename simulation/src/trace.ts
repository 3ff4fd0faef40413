/** A hash over everything that happens, in its order: two runs that agree in it did the same. */
import { crc32 } from "@nexus-bridge/protocol";

export class Trace {
  #high = 0x811c9dc5;
  #low = 0x1b873593;
  readonly #number = new Float64Array(1);
  readonly #words = new Uint32Array(this.#number.buffer);

  step(at: number, label: string): void {
    this.number(at);
    this.text(label);
  }

  number(value: number): void {
    this.#number[0] = value;
    this.#word(this.#words[0] as number);
    this.#word(this.#words[1] as number);
  }

  text(text: string): void {
    for (let at = 0; at < text.length; at++) this.#word(text.charCodeAt(at));
  }

  bytes(bytes: Uint8Array): void {
    this.#word(bytes.length);
    this.#word(crc32(bytes, 0, bytes.length));
  }

  get hash(): string {
    return hex(this.#high) + hex(this.#low);
  }

  #word(word: number): void {
    this.#high = Math.imul(this.#high ^ word, 0x01000193) >>> 0;
    this.#low = (Math.imul(this.#low ^ (word + this.#high), 0x5bd1e995) ^ (this.#low >>> 15)) >>> 0;
  }
}

const hex = (word: number): string => word.toString(16).padStart(8, "0");
