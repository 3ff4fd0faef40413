/**
 * What one direction of a stream may send: messages and payload bytes, counted absolutely since it was opened. The sender's
 * side spends, the receiver's side grants; neither knows a socket.
 */
import type { Credit } from "./control.ts";
import { limits } from "./gen/limits.ts";

/** The sender's side: how much the peer has allowed and how much is spent. */
export class SendCredit {
  #messagesAllowed: number;
  #bytesAllowed: number;
  #messages = 0;
  #bytes = 0;

  constructor(
    messages: number = limits.streamCreditMessages,
    bytes: number = limits.streamCreditBytes,
  ) {
    this.#messagesAllowed = messages;
    this.#bytesAllowed = bytes;
  }

  /** Messages that may still be begun. */
  get messages(): number {
    return this.#messagesAllowed - this.#messages;
  }

  /** Payload bytes that may still be sent. */
  get bytes(): number {
    return this.#bytesAllowed - this.#bytes;
  }

  /** What CREDIT said, absolute; a field that raises nothing is ignored. Returns whether anything rose. */
  raise(messages: number, bytes: number): boolean {
    const rises = messages > this.#messagesAllowed || bytes > this.#bytesAllowed;
    if (messages > this.#messagesAllowed) this.#messagesAllowed = messages;
    if (bytes > this.#bytesAllowed) this.#bytesAllowed = bytes;
    return rises;
  }

  /** Takes the credit of one frame; false, and nothing taken, where it does not suffice. */
  spend(messages: number, bytes: number): boolean {
    if (messages > this.messages || bytes > this.bytes) return false;
    this.#messages += messages;
    this.#bytes += bytes;
    return true;
  }
}

/** The receiver's side: what it has allowed, what came, and what it may allow next. */
export class ReceiveCredit {
  #messagesAllowed: number;
  #bytesAllowed: number;
  readonly #bytesWindow: number;
  #messages = 0;
  #bytes = 0;
  #bytesHeld = 0;
  #messagesWanted: number;

  constructor(
    messages: number = limits.streamCreditMessages,
    bytes: number = limits.streamCreditBytes,
  ) {
    this.#messagesAllowed = messages;
    this.#messagesWanted = messages;
    this.#bytesAllowed = bytes;
    this.#bytesWindow = bytes;
  }

  get messagesAllowed(): number {
    return this.#messagesAllowed;
  }

  get bytesAllowed(): number {
    return this.#bytesAllowed;
  }

  /** Counts one frame in; false where the sender had no credit for it. */
  receive(messages: number, bytes: number): boolean {
    this.#messages += messages;
    this.#bytes += bytes;
    this.#bytesHeld += bytes;
    return this.#messages <= this.#messagesAllowed && this.#bytes <= this.#bytesAllowed;
  }

  /** The application took messages and wants as many more; bytes are given back by {@link consume}. */
  pull(messages: number): void {
    this.#messagesWanted += messages;
  }

  /** Bytes that no longer wait: handed to the application, or moved into a partial message that needs more to end. */
  consume(bytes: number): void {
    this.#bytesHeld = Math.max(0, this.#bytesHeld - bytes);
  }

  /**
   * The grant to send now, or undefined while it would raise too little to be worth a frame: less than half a window of bytes
   * and of messages, unless the sender has nothing left.
   */
  grant(messagesWindow: number = limits.streamCreditMessages): Credit | undefined {
    const messages = Math.max(this.#messagesAllowed, this.#messagesWanted);
    const bytes = Math.max(this.#bytesAllowed, this.#bytes - this.#bytesHeld + this.#bytesWindow);
    const moreMessages = messages - this.#messagesAllowed;
    const moreBytes = bytes - this.#bytesAllowed;
    const dry = this.#messages >= this.#messagesAllowed || this.#bytes >= this.#bytesAllowed;
    const worth = moreMessages * 2 >= messagesWindow || moreBytes * 2 >= this.#bytesWindow;
    if (!worth && !(dry && moreMessages + moreBytes > 0)) return undefined;
    this.#messagesAllowed = messages;
    this.#bytesAllowed = bytes;
    return { messages, bytes };
  }
}
