/** A lane of acknowledged publishes that a peer opened. This router keeps none: every publish on it is answered UNIMPLEMENTED. */
export interface Lane {
  readonly kind: "lane";
  readonly id: number;
}
