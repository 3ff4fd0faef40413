/**
 * Small numbers for method and topic names, one space a direction. The sender binds on first use; the receiver keeps an array
 * of slots. Neither sends frames: results say what to send. A table that nobody has used costs next to nothing.
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

interface SenderTable {
  readonly byName: Map<string, number>;
  /** Of number 0 there is none. */
  readonly names: (string | undefined)[];
  readonly free: number[];
}

/** The sender's table. */
export class AliasSender {
  #aliasesMax: number;
  readonly #nameBytesMax: number;
  /** Made at the first name. */
  #table: SenderTable | undefined;
  #nameBytes = 0;

  constructor({ aliasesMax, nameBytesMax }: Partial<AliasLimits> = {}) {
    this.#aliasesMax = aliasesMax ?? defaults.aliasesMax;
    this.#nameBytesMax = nameBytesMax ?? defaults.nameBytesMax;
  }

  /** From now on binds no number above `aliasesMax`, where the peer takes fewer. */
  lower(aliasesMax: number): void {
    this.#aliasesMax = Math.min(this.#aliasesMax, aliasesMax);
  }

  /** The alias bound to `name`, 0 if there is none. */
  find(name: string): number {
    return this.#table?.byName.get(name) ?? 0;
  }

  /** The alias for `name`; with `bind` the caller sends ALIAS bind before the frame that uses it. */
  use(name: string): AliasUse {
    this.#table ??= { byName: new Map(), names: [undefined], free: [] };
    const { byName, names, free } = this.#table;
    const known = byName.get(name);
    if (known !== undefined) return { alias: known, bind: false };
    const size = utf8Bytes(name);
    if (this.#nameBytes + size > this.#nameBytesMax) return NO_ALIAS;
    const alias = free.pop() ?? names.length;
    if (alias > this.#aliasesMax) return NO_ALIAS;
    names[alias] = name;
    byName.set(name, alias);
    this.#nameBytes += size;
    return { alias, bind: true };
  }

  /** Stops using the name: the caller sends ALIAS free behind every frame that uses it. 0 if it has no alias. */
  release(name: string): number {
    const alias = this.find(name);
    this.#table?.byName.delete(name);
    return alias;
  }

  /** The peer confirmed: the number may be bound again. False where nothing was being freed. */
  freed(alias: number): boolean {
    const table = this.#table;
    const name = table?.names[alias];
    if (table === undefined || name === undefined || table.byName.get(name) === alias) return false;
    table.names[alias] = undefined;
    this.#nameBytes -= utf8Bytes(name);
    table.free.push(alias);
    return true;
  }
}

/** The receiver's table; a slot holds what the name resolved to. */
export class AliasReceiver<T> {
  readonly #aliasesMax: number;
  readonly #nameBytesMax: number;
  /** Made at the first alias. */
  #slots: (Bound<T> | undefined)[] | undefined;
  #nameBytes = 0;

  constructor({ aliasesMax, nameBytesMax }: Partial<AliasLimits> = {}) {
    this.#aliasesMax = aliasesMax ?? defaults.aliasesMax;
    this.#nameBytesMax = nameBytesMax ?? defaults.nameBytesMax;
  }

  get(alias: number): T | undefined {
    return this.#slots?.[alias]?.value;
  }

  name(alias: number): string | undefined {
    return this.#slots?.[alias]?.name;
  }

  /** Binds; a text is why the peer may not, which is ERROR ALIAS_ERROR. */
  bind(alias: number, name: string, value: T): string | undefined {
    if (alias < 1 || alias > this.#aliasesMax)
      return `alias ${alias} is outside 1..${this.#aliasesMax}`;
    this.#slots ??= [];
    const slots = this.#slots;
    if (slots[alias] !== undefined) return `alias ${alias} is bound already`;
    const bytes = utf8Bytes(name);
    if (this.#nameBytes + bytes > this.#nameBytesMax)
      return `the names of all aliases exceed ${this.#nameBytesMax} bytes`;
    while (slots.length < alias) slots.push(undefined);
    slots[alias] = { name, value, bytes };
    this.#nameBytes += bytes;
    return undefined;
  }

  /** Frees; the caller answers ALIAS freed. False where the alias was not bound: ERROR ALIAS_ERROR. */
  free(alias: number): boolean {
    const slots = this.#slots;
    const slot = slots?.[alias];
    if (slots === undefined || slot === undefined) return false;
    slots[alias] = undefined;
    this.#nameBytes -= slot.bytes;
    return true;
  }

  /** Replaces what an alias resolved to, for example after access rules changed. */
  update(alias: number, value: T): void {
    const slot = this.#slots?.[alias];
    if (slot !== undefined) slot.value = value;
  }
}

interface Bound<T> {
  readonly name: string;
  readonly bytes: number;
  value: T;
}
