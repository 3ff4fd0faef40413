/** One schema file as text; where it came from is the loader's business. */
export interface SourceFile {
  /** The import path, with `/`, for example `orders/v1/orders.proto`. */
  readonly path: string;
  readonly text: string;
}
