/**
 * Small numbers for method and topic names, one space a direction. The sender binds on first use; the receiver keeps an array
 * of slots. Neither sends frames: results say what to send.
 */
import { limits } from "./gen/limits.ts";
import { utf8Bytes } from "./text.ts";

export interface AliasLimits {
  readonly aliasesMax: number;
  readonly nameBytesMax: number;
}

const defaults: AliasLimits = {
  aliasesMax: limits.aliases,
  nameBytesMax: limits.aliasNameBytes,
};

/** What a sender does with a name: use the alias, bind it first, or write the name into meta (no alias is left). */
export interface AliasUse {
  /** 0: none is left, the name goes into meta. */
  readonly alias: number;
  readonly bind: boolean;
}

const NO_ALIAS: AliasUse = { alias: 0, bind: false };

/** The sender's table. */
export class AliasSender {
  readonly #limits: AliasLimits;
  readonly #byName = new Map<string, number>();
  readonly #names: (string | undefined)[] = [undefined];
  readonly #free: number[] = [];
  #nameBytes = 0;

  constructor(options: Partial<AliasLimits> = {}) {
    this.#limits = { ...defaults, ...options };
  }

  /** The alias bound to `name`, 0 if there is none. */
  find(name: string): number {
    return this.#byName.get(name) ?? 0;
  }

  /** The alias for `name`; with `bind` the caller sends ALIAS bind before the frame that uses it. */
  use(name: string): AliasUse {
    const known = this.#byName.get(name);
    if (known !== undefined) return { alias: known, bind: false };
    const size = utf8Bytes(name);
    if (this.#nameBytes + size > this.#limits.nameBytesMax) return NO_ALIAS;
    const alias = this.#free.pop() ?? this.#names.length;
    if (alias > this.#limits.aliasesMax) return NO_ALIAS;
    this.#names[alias] = name;
    this.#byName.set(name, alias);
    this.#nameBytes += size;
    return { alias, bind: true };
  }

  /** Stops using the name: the caller sends ALIAS free behind every frame that uses it. 0 if it has no alias. */
  release(name: string): number {
    const alias = this.#byName.get(name) ?? 0;
    this.#byName.delete(name);
    return alias;
  }

  /** The peer confirmed: the number may be bound again. False where nothing was being freed. */
  freed(alias: number): boolean {
    const name = this.#names[alias];
    if (name === undefined || this.#byName.get(name) === alias) return false;
    this.#names[alias] = undefined;
    this.#nameBytes -= utf8Bytes(name);
    this.#free.push(alias);
    return true;
  }
}

/** The receiver's table; a slot holds what the name resolved to. */
export class AliasReceiver<T> {
  readonly #limits: AliasLimits;
  readonly #slots: (Bound<T> | undefined)[] = [undefined];
  #nameBytes = 0;

  constructor(options: Partial<AliasLimits> = {}) {
    this.#limits = { ...defaults, ...options };
  }

  get(alias: number): T | undefined {
    return this.#slots[alias]?.value;
  }

  name(alias: number): string | undefined {
    return this.#slots[alias]?.name;
  }

  /** Binds; a text is why the peer may not, which is ERROR ALIAS_ERROR. */
  bind(alias: number, name: string, value: T): string | undefined {
    if (alias < 1 || alias > this.#limits.aliasesMax)
      return `alias ${alias} is outside 1..${this.#limits.aliasesMax}`;
    if (this.#slots[alias] !== undefined) return `alias ${alias} is bound already`;
    const bytes = utf8Bytes(name);
    if (this.#nameBytes + bytes > this.#limits.nameBytesMax)
      return `the names of all aliases exceed ${this.#limits.nameBytesMax} bytes`;
    while (this.#slots.length < alias) this.#slots.push(undefined);
    this.#slots[alias] = { name, value, bytes };
    this.#nameBytes += bytes;
    return undefined;
  }

  /** Frees; the caller answers ALIAS freed. False where the alias was not bound: ERROR ALIAS_ERROR. */
  free(alias: number): boolean {
    const slot = this.#slots[alias];
    if (slot === undefined) return false;
    this.#slots[alias] = undefined;
    this.#nameBytes -= slot.bytes;
    return true;
  }

  /** Replaces what an alias resolved to, for example after access rules changed. */
  update(alias: number, value: T): void {
    const slot = this.#slots[alias];
    if (slot !== undefined) slot.value = value;
  }
}

interface Bound<T> {
  readonly name: string;
  readonly bytes: number;
  value: T;
}
