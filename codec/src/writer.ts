/** Writes the protobuf wire format into a growing buffer. */
export interface Writer {
  position: number;
}
