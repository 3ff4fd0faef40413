import { describe, expect, it } from "vitest";
import { AliasReceiver, AliasSender } from "./alias.ts";

describe("the sender's aliases", () => {
  it("are bound at first use, from 1", () => {
    const aliases = new AliasSender();
    expect(aliases.find("a")).toBe(0);
    expect(aliases.use("a")).toEqual({ alias: 1, bind: true });
    expect(aliases.use("a")).toEqual({ alias: 1, bind: false });
    expect(aliases.use("b")).toEqual({ alias: 2, bind: true });
    expect(aliases.find("a")).toBe(1);
  });

  it("are bound again only after the peer confirmed", () => {
    const aliases = new AliasSender({ aliasesMax: 1 });
    aliases.use("a");
    expect(aliases.freed(1)).toBe(false);
    expect(aliases.release("a")).toBe(1);
    expect(aliases.release("a")).toBe(0);
    expect(aliases.use("b")).toEqual({ alias: 0, bind: false });
    expect(aliases.freed(1)).toBe(true);
    expect(aliases.freed(1)).toBe(false);
    expect(aliases.use("b")).toEqual({ alias: 1, bind: true });
  });

  it("give way to names in full when there are no more, or too many bytes of them", () => {
    const few = new AliasSender({ aliasesMax: 1 });
    few.use("a");
    expect(few.use("b").alias).toBe(0);
    const short = new AliasSender({ nameBytesMax: 4 });
    expect(short.use("äb").alias).toBe(1);
    expect(short.use("äb").alias).toBe(1);
    expect(short.use("cd").alias).toBe(0);
    expect(short.use("c").alias).toBe(2);
    expect(short.freed(9)).toBe(false);
    short.release("äb");
    expect(short.use("def").alias).toBe(0);
    short.freed(1);
    expect(short.use("def")).toEqual({ alias: 1, bind: true });
  });
});

describe("the receiver's aliases", () => {
  it("resolve what is bound and nothing else", () => {
    const aliases = new AliasReceiver<string>();
    expect(aliases.bind(3, "orders.v1.OrderService/GetOrder", "route")).toBeUndefined();
    expect(aliases.get(3)).toBe("route");
    expect(aliases.name(3)).toBe("orders.v1.OrderService/GetOrder");
    expect([aliases.get(0), aliases.get(2), aliases.get(99)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    aliases.update(3, "another");
    expect(aliases.get(3)).toBe("another");
    aliases.update(4, "nothing");
    expect(aliases.get(4)).toBeUndefined();
  });

  it("are refused out of range, twice, or beyond the bytes of all names", () => {
    const aliases = new AliasReceiver<number>({ aliasesMax: 5, nameBytesMax: 6 });
    expect(aliases.bind(0, "a", 1)).toContain("outside 1..5");
    expect(aliases.bind(6, "a", 1)).toContain("outside 1..5");
    expect(aliases.bind(5, "abcd", 1)).toBeUndefined();
    expect(aliases.bind(5, "a", 1)).toContain("already");
    expect(aliases.bind(4, "abc", 1)).toContain("6 bytes");
  });

  it("may be bound again once freed", () => {
    const aliases = new AliasReceiver<number>({ nameBytesMax: 4 });
    aliases.bind(1, "abcd", 1);
    expect(aliases.free(1)).toBe(true);
    expect(aliases.free(1)).toBe(false);
    expect(aliases.get(1)).toBeUndefined();
    expect(aliases.bind(1, "efgh", 2)).toBeUndefined();
  });
});
