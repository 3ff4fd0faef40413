/**
 * The messages of one direction of one stream on their way in: counts them against the credit that was given, puts fragments
 * together, takes compression off, and gives credit back. It decodes nothing.
 */
import {
  Assembler,
  Assembly,
  type AssemblyFault,
  CLASS_CONTROL,
  Code,
  CREDIT_BYTES,
  classAt,
  codecOf,
  crc32,
  FrameType,
  payloadStart,
  ReceiveCredit,
  typeAt,
  writeCredit,
} from "@nexus-bridge/protocol";
import type { Session } from "../link/session.ts";
import { errorOf, type NexusError } from "../nexus-error.ts";

const OVERDRAWN: AssemblyFault = {
  code: Code.RESOURCE_EXHAUSTED,
  reason: 0,
  message: "the peer sent more than its credit allows",
};
const creditBytes = new Uint8Array(CREDIT_BYTES);
const creditView = new DataView(creditBytes.buffer);

export class Reassembly {
  readonly #session: Session;
  readonly #id: number;
  readonly #credit = new ReceiveCredit();
  readonly #assembler = new Assembler();
  readonly #defers: boolean;
  readonly #bytesMax: (() => number) | undefined;
  /** The last message without its compression, where it had one. */
  #unpacked: Uint8Array | undefined;
  fault: AssemblyFault | undefined;
  /** Bytes of the last whole message that {@link consumed} gives back; its earlier fragments' are back already. */
  held = 0;
  /** The last whole message is compressed still. */
  packed = false;
  /** No more will come, so that no more credit is worth a frame. */
  complete = false;

  /**
   * With `defers` compressed messages stay so: a queue of them takes no more than was sent. `bytesMax` is asked how large one
   * may be at most that is not.
   */
  constructor(session: Session, id: number, defers = false, bytesMax?: () => number) {
    this.#session = session;
    this.#id = id;
    this.#defers = defers;
    this.#bytesMax = bytesMax;
  }

  /** What {@link fault} says, as the error that ends the stream. */
  get error(): NexusError {
    const { code, reason, message } = this.fault ?? { code: Code.INTERNAL, reason: 0, message: "" };
    return errorOf(code, reason, message);
  }

  /** What the last whole message takes that was not sent so. */
  get inflatedBytes(): number {
    return this.#unpacked?.length ?? 0;
  }

  /** Reads the message that {@link accept} found; it lies there only until the next frame. */
  read<T>(read: (bytes: Uint8Array, from: number, to: number) => T): T {
    const unpacked = this.#unpacked;
    if (unpacked !== undefined) return read(unpacked, 0, unpacked.length);
    const { bytes, start, end } = this.#assembler;
    return read(bytes, start, end);
  }

  /** Takes an OPEN or DATA frame in. After `Assembly.FAULT` see {@link fault}. */
  accept(bytes: Uint8Array, view: DataView, start: number, end: number): Assembly {
    const size = end - payloadStart(view, start);
    const opening = typeAt(view, start) === FrameType.OPEN;
    const begun = this.#assembler.partial;
    const outcome = this.#assembler.accept(bytes, view, start, end);
    if (outcome === Assembly.NOTHING) return outcome;
    if (outcome === Assembly.FAULT) {
      this.fault = this.#assembler.fault;
      return outcome;
    }
    if (!this.#credit.receive(begun || opening ? 0 : 1, size)) {
      this.fault = OVERDRAWN;
      return Assembly.FAULT;
    }
    if (outcome === Assembly.MESSAGE) {
      this.held = size;
      return this.#whole(codecOf(classAt(view, start)) !== 0);
    }
    this.#credit.consume(size);
    this.#grant();
    return outcome;
  }

  #whole(isPacked: boolean): Assembly {
    this.packed = isPacked && this.#defers;
    this.#unpacked = undefined;
    const { compression } = this.#session;
    if (!isPacked || this.#defers || compression === undefined) return Assembly.MESSAGE;
    const { bytes, start, end } = this.#assembler;
    const unpacked = compression.unpacked(bytes, start, end, this.#bytesMax?.());
    if (unpacked instanceof Uint8Array) {
      this.#unpacked = unpacked;
      return Assembly.MESSAGE;
    }
    this.fault = unpacked;
    return Assembly.FAULT;
  }

  /** The application took a message of which `held` bytes were waiting. */
  consumed(held: number): void {
    this.#credit.pull(1);
    this.#credit.consume(held);
    this.#grant();
  }

  #grant(): void {
    if (this.complete || this.#session.over) return;
    const grant = this.#credit.grant();
    if (grant === undefined) return;
    writeCredit(creditView, 0, grant.messages, grant.bytes);
    this.#session.write(
      FrameType.CREDIT,
      0,
      CLASS_CONTROL,
      this.#id,
      0,
      0,
      undefined,
      creditBytes,
      0,
      CREDIT_BYTES,
      crc32(creditBytes),
    );
  }
}
