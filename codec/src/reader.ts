/** Reads the protobuf wire format from one buffer. */
export interface Reader {
  readonly bytes: Uint8Array;
  position: number;
}
