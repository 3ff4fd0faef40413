import { readFileSync } from "node:fs";
import {
  CREDIT_BYTES,
  codes,
  EventAckKind,
  Flag,
  FrameType,
  GAP_BYTES,
  GapReason,
  HEARTBEAT_BYTES,
  limitRanges,
  limits,
  linkCodes,
  Offset,
  PUBACK_BYTES,
  REPLAY_BYTES,
  RESERVED_FLAGS,
  reasons,
  Tag,
} from "@nexus-bridge/protocol";
import { describe, expect, it } from "vitest";

// A table may be padded to align its columns.
const text = readFileSync(new URL("../SPEC.md", import.meta.url), "utf8").replace(/ +/g, " ");
const prose = text.slice(text.indexOf("\n## 1."));
/** Paragraphs and table rows, each on one line; a clause is one of them. */
const statements = prose
  .replace(/\n {1,2}(?=\S)/g, " ")
  .split("\n")
  .filter((line) => line !== "");
const clauseId = /^(?:- \*\*WIRE-(\d+)\.(\d+)\*\* |\| WIRE-(\d+)\.(\d+) \|)/;
const clauses = statements.flatMap((statement) => {
  const [, section, number, rowSection, rowNumber] = clauseId.exec(statement) ?? [];
  const id = `${section ?? rowSection}.${number ?? rowNumber}`;
  return id === "undefined.undefined" ? [] : [{ id, statement }];
});
const hex = (number: number) => number.toString(16).toUpperCase().padStart(2, "0");
const clause = (id: string): string => clauses.find((each) => each.id === id)?.statement ?? "";

/** The rows of the table below `heading`, which begins a line, as cells. */
function tableAfter(heading: string): readonly (readonly string[])[] {
  const from = text.indexOf(`\n${heading}`);
  const rows = /\n((?:\|.*\n)+)/.exec(from < 0 ? "" : text.slice(from))?.[1] ?? "";
  return rows
    .trim()
    .split("\n")
    .slice(2)
    .map((row) =>
      row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

describe("the clauses of SPEC.md", () => {
  it("are numbered from 1 without a hole in every section, each once", () => {
    expect(clauses.length).toBeGreaterThan(190);
    const sections = new Map<string, number[]>();
    for (const { id } of clauses) {
      const [section = "", number] = id.split(".");
      sections.set(section, [...(sections.get(section) ?? []), Number(number)]);
    }
    for (const [section, numbers] of sections) {
      const sorted = numbers.toSorted((left, right) => left - right);
      expect(sorted, `section ${section}`).toEqual(numbers.map((_, at) => at + 1));
    }
  });

  it("stand in their section", () => {
    let section = "";
    for (const statement of statements) {
      section = /^## (\d+)\./.exec(statement)?.[1] ?? section;
      const [, own, , row] = clauseId.exec(statement) ?? [];
      expect(own ?? row ?? section, statement).toBe(section);
    }
  });

  it("hold every MUST", () => {
    const outside = statements.filter((line) => /\bMUST\b/.test(line) && !clauseId.test(line));
    expect(outside).toEqual([]);
  });

  it("are what is cited", () => {
    const defined = new Set(clauses.map(({ id }) => id));
    for (const [, cited = ""] of text.matchAll(/WIRE-(\d+\.\d+)/g))
      expect(defined).toContain(cited);
  });

  it("name only codes, reasons, types and flags that there are", () => {
    const known = new Set([
      ...[...codes, ...reasons, ...linkCodes].map(({ name }) => name),
      ...Object.keys(FrameType),
      ...Object.keys(Flag),
      ..."ALPN ASCII CRC RFC SDK HTTP IEEE JSON MAY MUST NOEXEC NOT SHA SHOULD SPEC TLS TCP UTF WIRE".split(
        " ",
      ),
    ]);
    const named = prose.replace(/`[^`]*`/g, "").matchAll(/\b[A-Z][A-Z_]{2,}\b/g);
    const unknown = [...named].map(([name]) => name).filter((name) => !known.has(name));
    expect([...new Set(unknown)].filter((name) => !/^(CRC|KB|MiB)/.test(name))).toEqual([]);
  });
});

describe("the words of SPEC.md", () => {
  it("are limits or fields of the header, where they are written as those are", () => {
    // Section 22 has the keys of JSON lines, which are written so too.
    const elsewhere = clauses.filter(({ id }) => !id.startsWith("22."));
    const words = elsewhere.flatMap(({ statement }) => [
      ...statement.matchAll(/`([a-z]+[A-Z][A-Za-z]*)`/g),
    ]);
    expect(words.length).toBeGreaterThan(5);
    const known = [...Object.keys(limits), ...Object.keys(Offset)];
    for (const [, word] of words) expect(known).toContain(word);
  });

  it("are fields of control frames, where they are written as those are", () => {
    const file = new URL("../../schema/proto/nexus/wire/v1/control.proto", import.meta.url);
    const fields = new Set(
      [...readFileSync(file, "utf8").matchAll(/ (\w+) = \d+;/g)].map(([, name]) => name),
    );
    const words = [...prose.matchAll(/`([a-z]+_[a-z_]+)`/g)].map(([, word]) => word);
    expect(words.length).toBeGreaterThan(10);
    for (const word of words) expect(fields).toContain(word);
  });
});

describe("the tables of SPEC.md", () => {
  it("have every frame type, with its number", () => {
    const reserved = new Set<string>(["AUTH", "EVACKED"]);
    const expected = Object.entries(FrameType).filter(([name]) => !reserved.has(name));
    const rows = tableAfter("## 4.").flatMap(([numbers = "", names = ""]) =>
      numbers.split(", ").map((number, at) => [names.split(", ")[at], number] as const),
    );
    expect(new Map(rows)).toEqual(new Map(expected.map(([name, type]) => [name, hex(type)])));
    for (const name of reserved)
      expect(text).toContain(`${name} (${hex(FrameType[name as keyof typeof FrameType])})`);
  });

  it("have every flag, with its bit, and name the reserved ones", () => {
    const listed = [...clause("2.3").matchAll(/(\d+) ([A-Z]{3,})\b/g)];
    expect(new Map(listed.map(([, bit, name]) => [name, 2 ** Number(bit)]))).toEqual(
      new Map(Object.entries(Flag)),
    );
    expect(clause("2.3")).toContain("Bits 3 and 10 to 14");
    expect(RESERVED_FLAGS).toBe((1 << 3) | (0b11111 << 10));
  });

  it("have every field of the header, at its offset and without a hole", () => {
    const rows = tableAfter("## 2.").map(
      ([offset, size, name]) => [name, Number(offset), Number(size)] as const,
    );
    const offsets: Readonly<Record<string, number>> = Offset;
    let next = 0;
    for (const [name = "", offset, size] of rows) {
      expect([name, offset]).toEqual([name, next]);
      expect(offsets[name] ?? (name === "version" ? 4 : -1)).toBe(offset);
      next += size;
    }
    expect(next).toBe(32);
    expect(rows.map(([name]) => name)).toEqual(expect.arrayContaining(Object.keys(Offset)));
  });

  it("have every tag of meta and no other", () => {
    const rows = tableAfter("## 3.").map(([tag]) => tag);
    const experiments = "70 to 7E";
    expect(rows).toEqual([...Object.values(Tag).map(hex), experiments]);
  });

  it("have the sizes of the payloads that are not protobuf", () => {
    const rows = tableAfter("## 19.").map(([name, bytes]) => [name, Number(bytes)] as const);
    expect(new Map(rows)).toEqual(
      new Map([
        ["PUBACK", PUBACK_BYTES],
        ["EVACK", 1],
        ["EVACK, nack", 5],
        ["GAP", GAP_BYTES],
        ["REPLAY", REPLAY_BYTES],
        ["CREDIT", CREDIT_BYTES],
        ["PING, PONG", HEARTBEAT_BYTES],
      ]),
    );
  });

  it("have the numbers of gaps and acknowledgements", () => {
    for (const [name, number] of Object.entries(GapReason))
      expect(clause("19.10")).toMatch(new RegExp(`\\b${number} ${name.toLowerCase()}\\b`));
    for (const [name, number] of Object.entries(EventAckKind))
      expect(clause("19.8")).toMatch(new RegExp(`\\b${number} ${name.toLowerCase()}\\b`));
  });

  it("have the codes, reasons, link codes and limits that are generated", () => {
    const named = (rows: readonly (readonly string[])[]) =>
      rows.map(([number = "", name]) => [name, number]);
    const numbered = (
      rows: readonly { readonly name: string; readonly number: number }[],
      radix = 10,
    ) => rows.map(({ name, number }) => [name, number.toString(radix).toUpperCase()]);
    expect(named(tableAfter("<!-- codes -->"))).toEqual(numbered(codes));
    expect(named(tableAfter("<!-- reasons -->"))).toEqual(numbered(reasons));
    expect(named(tableAfter("<!-- link codes -->"))).toEqual(numbered(linkCodes, 16));
    expect(tableAfter("<!-- limits -->").map(([name, value]) => [name, Number(value)])).toEqual(
      Object.entries(limits),
    );
  });
});

describe("the numbers in the clauses of SPEC.md", () => {
  it.each([
    ["1.7", `${limits.helloTimeoutMs / 1000} s`],
    ["2.7", `${limits.frameBytesBeforeWelcome / 1024} KiB before WELCOME`],
    ["2.7", `${limits.frameBytes / 1024 ** 2} MiB`],
    ["2.9", `${limits.frameTimeoutMs / 1000} s`],
    ["3.4", `at most ${limits.userPairs}`],
    ["3.6", `${limits.clientMetaBytes / 1024} KiB`],
    ["5.7", `${limits.heartbeatMs / 1000} s`],
    ["5.7", `at least ${limitRanges.heartbeatMs.minimum / 1000} s`],
    ["7.1", `1 to ${limits.aliases}`],
    ["7.2", `${limits.aliasNameBytes / 1024} KiB`],
    ["9.1", `${limits.fragmentBytes / 1024} KiB`],
    ["9.7", `${limits.messageBytes / 1024 ** 2} MiB`],
    ["10.1", `${limits.streamCreditMessages} messages and ${limits.streamCreditBytes} bytes`],
    ["10.7", `${limits.creditBytesPerLink / 1024 ** 2} MiB`],
    ["11.1", `1 to ${limits.nameBytes} bytes`],
    ["11.1", `1 to ${limits.nameTokens} tokens`],
    ["11.1", `at most ${limits.patternWildcards} tokens`],
    ["13.5", `at most ${limits.methodsPerLink} methods`],
    ["19.4", `More than ${limits.startPositions} names`],
    ["19.5", `at most ${limits.subscribedPositions}`],
    ["19.8", `above ${limits.nackDelayMs / 3_600_000} hour`],
    ["19.14", `while ${limits.replaysPerSubscription} are not through`],
    ["14.19", `burst of ${limits.earlyEndBurst} and ${limits.earlyEndPerSecond} a second`],
    ["18.5", `${limits.laneWindowMessages} messages`],
    ["18.5", `${limits.laneWindowBytes / 1024 ** 2} MiB`],
    ["19.7", `${limits.unackedMessages} where it is 0`],
    ["19.7", `at most ${limitRanges.unackedMessages.maximum}`],
    ["19.12", `${limits.deliveries} times`],
    ["19.14", `${limits.replayMessages}`],
    ["20.5", `${limits.consumerExpiryMs / 60_000} minutes`],
    ["20.5", `${limitRanges.consumerExpiryMs.maximum / 3_600_000} hours`],
  ])("are those of the limits: WIRE-%s says %s", (id, words) => {
    expect(clause(id)).toContain(words);
  });
});
