/**
 * The messages of one direction of one stream on their way in: counts them against the credit that was given, puts fragments
 * together, and gives credit back. It decodes nothing.
 */
import {
  Assembler,
  Assembly,
  type AssemblyFault,
  CLASS_CONTROL,
  Code,
  CREDIT_BYTES,
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
  fault: AssemblyFault | undefined;
  /** Bytes of the last whole message that {@link consumed} gives back; its earlier fragments' are back already. */
  held = 0;
  /** No more will come, so that no more credit is worth a frame. */
  complete = false;

  constructor(session: Session, id: number) {
    this.#session = session;
    this.#id = id;
  }

  /** What {@link fault} says, as the error that ends the stream. */
  get error(): NexusError {
    const { code, reason, message } = this.fault ?? { code: Code.INTERNAL, reason: 0, message: "" };
    return errorOf(code, reason, message);
  }

  /** Reads the message that {@link accept} found; it lies there only until the next frame. */
  read<T>(read: (bytes: Uint8Array, from: number, to: number) => T): T {
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
    if (outcome === Assembly.MESSAGE) this.held = size;
    else {
      this.#credit.consume(size);
      this.#grant();
    }
    return outcome;
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
