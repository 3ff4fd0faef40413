/** Checks what linked declarations must hold beyond names and types. */
import type { LinkContext } from "./link-context.ts";

export interface CheckOptions {
  /** True where statements are missing because they could not be read: what is absent says nothing then. */
  readonly skipsStructure: boolean;
}

export function check(_context: LinkContext, _options: CheckOptions): void {}
