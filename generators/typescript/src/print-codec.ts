/** The functions that complete, write and read one message: straight lines, one statement a field. */
import { type Dialect, printFunction, typed } from "./dialect.ts";
import {
  block,
  call,
  type Doc,
  group,
  hardline,
  ifAll,
  indent,
  line,
  list,
  object,
} from "./layout.ts";
import { isIdentifier, propertyKey } from "./literal.ts";
import { presence, readValue, writeValue } from "./print-value.ts";
import type { CaseView, FieldView, MemberView, MessageView, OneofView, ValueView } from "./view.ts";

export interface CodecRequest {
  readonly message: MessageView;
  readonly dialect: Dialect;
  readonly gen1: string;
}

export function printCreate(request: CodecRequest): readonly Doc[] {
  const { message, dialect } = request;
  const { type, init, create } = message.words;
  const members = message.members.map((member): Doc => {
    const value = createMember(member, request);
    const isChoice = typeof value === "string" && value.includes(" ?? ");
    if (!isChoice) return property(member.name, value);
    return [`${propertyKey(member.name)}:`, group(indent(line, value))];
  });
  return [
    ...printFunction(dialect, {
      name: create,
      parameters: [["init?", init]],
      result: type,
      body: [
        [`const message${typed(dialect, `: ${type}`)} = `, object(members), ";"],
        "if (init?.$unknown !== undefined) message.$unknown = init.$unknown;",
        "return message;",
      ],
    }),
    ...message.members.flatMap((member) =>
      member.kind === "oneof" ? printCreateOneof(member, request) : [],
    ),
  ];
}

function createMember(member: MemberView, { gen1 }: CodecRequest): Doc {
  const given = `init?.${member.name}`;
  if (member.kind === "oneof") {
    return member.create === undefined ? given : call(`${gen1}.complete`, given, member.create);
  }
  const { value } = member;
  const create = value.words?.create;
  if (member.kind === "repeated") return call(`${gen1}.completeList`, ...both(given, create));
  if (member.kind === "map") {
    return call(
      `${gen1}.completeMap`,
      entriesOf(member, given, gen1),
      ...both("", create).slice(1),
    );
  }
  if (create !== undefined) return call(`${gen1}.complete`, given, create);
  return member.isOptional ? given : `${given} ?? ${value.zero}`;
}

function both(given: string, create: string | undefined): readonly string[] {
  return create === undefined ? [given] : [given, create];
}

/** A map's init as entries. */
export function entriesOf(member: FieldView, source: string, gen1: string): string {
  if (member.key?.type === "string") return `${gen1}.stringEntries(${source})`;
  return member.key?.type === "number" ? `${gen1}.numberEntries(${source})` : source;
}

function printCreateOneof(member: OneofView, { message, dialect }: CodecRequest): readonly Doc[] {
  if (member.create === undefined) return [];
  const { type, init } = message.words;
  const cases = member.cases.map((item): Doc => {
    const create = item.value.words?.create;
    const value = create === undefined ? "init.value" : `${create}(init.value)`;
    const literal = `{ case: "${item.name}", value: ${value} }`;
    return [`case "${item.name}":`, indent(hardline, `return ${literal};`)];
  });
  return printFunction(dialect, {
    name: member.create,
    parameters: [["init", `NonNullable<${init}["${member.name}"]>`]],
    result: `${type}["${member.name}"]`,
    body: [
      block("switch (init.case) ", [...cases, ["default:", indent(hardline, "return undefined;")]]),
    ],
  });
}

export function printWrite({ message, dialect, gen1 }: CodecRequest): readonly Doc[] {
  const { init, write } = message.words;
  return printFunction(dialect, {
    name: write,
    parameters: [
      ["writer", `${gen1}.Writer`],
      ["message", init],
    ],
    result: "void",
    body: [
      ...message.members.map((member) =>
        member.kind === "oneof" ? writeOneof(member, gen1) : writeField(member, gen1),
      ),
      "if (message.$unknown !== undefined) writer.raw(message.$unknown);",
    ],
  });
}

function writeField(member: FieldView, gen1: string): Doc {
  const source = `message.${member.name}`;
  const { value, key } = member;
  if (member.kind === "singular") {
    if (member.isRequired) {
      const complete = value.words === undefined ? value.zero : `${value.words.create}()`;
      const write = writeValue(value, `${source} ?? ${complete}`, gen1);
      return value.kind === "message" ? block("", write) : write;
    }
    return ifAll(presence(value, source, member.isOptional, gen1), writeValue(value, source, gen1));
  }
  if (key !== undefined) {
    const loop = block(`for (const [key, value] of ${entriesOf(member, source, gen1)}) `, [
      `const entry = writer.open(${member.number * 8 + 2});`,
      ...writeValue(key, "key", gen1),
      ...writeValue(value, "value", gen1),
      "writer.close(entry);",
    ]);
    return ifAll([`${source} !== undefined`], [loop]);
  }
  if (member.isPacked) {
    const conditions = [`${source} !== undefined`, `${source}.length > 0`];
    const values = value.jsType === undefined ? source : `${source}.map(${gen1}.toBigint)`;
    const packed = call(
      `${gen1}.writePacked${value.packed}`,
      "writer",
      String(value.packedTag),
      values,
    );
    return ifAll(conditions, [[packed, ";"]]);
  }
  const loop = block(`for (const value of ${source}) `, writeValue(value, "value", gen1));
  return ifAll([`${source} !== undefined`], [loop]);
}

function writeOneof(member: OneofView, gen1: string): Doc {
  const source = `message.${member.name}`;
  const cases = member.cases.map((item): Doc => {
    const body = writeValue(item.value, `${source}.value`, gen1);
    if (item.value.kind !== "message") {
      return [
        `case "${item.name}":`,
        indent(
          body.map((part) => [hardline, part]),
          hardline,
          "break;",
        ),
      ];
    }
    return [block(`case "${item.name}": `, [...body, "break;"])];
  });
  return block(`switch (${source}?.case) `, cases);
}

export function printRead(request: CodecRequest): readonly Doc[] {
  const { message, dialect, gen1 } = request;
  const { type, read } = message.words;
  const members = message.members.map((member) => property(member.name, member.local));
  return printFunction(dialect, {
    name: read,
    parameters: [
      ["reader", `${gen1}.Reader`],
      ["end", "number"],
      ["base?", type],
    ],
    result: type,
    body: [
      ...message.members.map((member) => declare(member, dialect)),
      `let unknown = ${gen1}.keepUnknown(base?.$unknown);`,
      block("while (reader.position < end) ", [
        "const tag = reader.tag();",
        block("switch (tag) ", [
          ...message.members.flatMap((member) => readMember(member, request)),
          ["default:", indent(hardline, "unknown = reader.keep(unknown, tag);")],
        ]),
      ]),
      "reader.close(end);",
      [`const message${typed(dialect, `: ${type}`)} = `, object(members), ";"],
      "if (unknown !== undefined) message.$unknown = unknown.finish();",
      "return message;",
    ],
  });
}

/** `id` or `class: class_`. */
function property(name: string, value: Doc): Doc {
  return name === value && isIdentifier(name) ? name : [propertyKey(name), ": ", value];
}

function declare(member: MemberView, dialect: Dialect): Doc {
  const before = `base?.${member.name}`;
  if (member.kind === "oneof" || (member.kind === "singular" && member.isOptional)) {
    return `let ${member.local} = ${before};`;
  }
  if (member.kind === "singular") {
    const { zero, words } = member.value;
    return `let ${member.local} = ${before} ?? ${words === undefined ? zero : `${words.create}()`};`;
  }
  if (member.key === undefined) return `const ${member.local} = ${before} ?? [];`;
  const types = typed(dialect, `<${member.key.type}, ${member.value.type}>`);
  return `const ${member.local} = ${before} ?? new ${member.container}${types}();`;
}

function readMember(member: MemberView, request: CodecRequest): readonly Doc[] {
  const { gen1 } = request;
  if (member.kind === "oneof") return member.cases.map((item) => readCase(member, item, gen1));
  const { value, local } = member;
  if (member.key !== undefined) return [readEntry(member, member.key, request)];
  if (member.kind === "repeated") return readRepeated(member, gen1);
  const base = value.kind === "message" ? local : "";
  const read: Doc = [`${local} = `, readValue(value, gen1, base), ";"];
  if (value.isClosed) return [closed(value.tag, value.enumJson, gen1, `${local} = value;`)];
  return [caseOf(value.tag, [read, ...closeGroup(value.isDelimited)])];
}

function readRepeated({ value, local, number }: FieldView, gen1: string): readonly Doc[] {
  if (value.isClosed) {
    const single = closed(value.tag, value.enumJson, gen1, `${local}.push(value);`);
    const known = `${value.enumJson}.names.has(value)`;
    const loop = block("while (reader.position < count) ", [
      "const value = reader.int32();",
      `if (${known}) ${local}.push(value);`,
      `else unknown = ${gen1}.keepNumber(unknown, ${value.tag}, value);`,
    ]);
    const body = ["const count = reader.open();", loop, "reader.close(count);", "break;"];
    return [single, block(`case ${value.packedTag}: `, body)];
  }
  const push: Doc = [`${local}.push(`, readValue(value, gen1), ");"];
  const single = caseOf(value.tag, [push, ...closeGroup(value.isDelimited)]);
  if (value.packed === "") return [single];
  if (value.jsType !== undefined) {
    const loop = block("while (reader.position < count) ", [push]);
    const body = ["const count = reader.open();", loop, "reader.close(count);", "break;"];
    return [single, block(`case ${number * 8 + 2}: `, body)];
  }
  const packed = `${gen1}.readPacked${value.packed}(reader, ${local});`;
  return [single, caseOf(value.packedTag, [packed])];
}

function readEntry(member: FieldView, key: ValueView, { gen1, dialect }: CodecRequest): Doc {
  const { value, local, number } = member;
  const { words } = value;
  const isMessage = words !== undefined;
  const tag = number * 8 + 2;
  const base = isMessage ? "value" : "";
  const complete = isMessage ? `value ?? ${words.create}()` : "value";
  const set: Doc = [call(`${local}.set`, "key", complete), ";"];
  const keep = `unknown = ${gen1}.keepEntry(unknown, ${tag}, reader.bytes.subarray(start, entry));`;
  return block(`case ${tag}: `, [
    "const entry = reader.open();",
    ...(value.isClosed ? ["const start = reader.position;"] : []),
    `let key = ${key.zero};`,
    isMessage
      ? `let value${typed(dialect, `: ${value.type} | undefined`)};`
      : `let value${value.kind === "bytes" ? typed(dialect, `: ${value.type}`) : ""} = ${value.zero};`,
    block("while (reader.position < entry) ", [
      "const tag = reader.tag();",
      ["if (tag === ", String(key.tag), ") key = ", readValue(key, gen1), ";"],
      ["else if (tag === ", String(value.tag), ") value = ", readValue(value, gen1, base), ";"],
      "else reader.skip(tag);",
    ]),
    "reader.close(entry);",
    ...(value.isClosed
      ? [[`if (${value.enumJson}.names.has(value)) `, set], `else ${keep}`]
      : [set]),
    "break;",
  ]);
}

function readCase(member: OneofView, item: CaseView, gen1: string): Doc {
  const { value, name } = item;
  const { local } = member;
  const base = value.kind === "message" ? "before" : "";
  const members = [`case: "${name}"`, ["value: ", readValue(value, gen1, base)]];
  const assign: Doc = [`${local} = `, list("{", members, "}", line), ";"];
  if (value.isClosed) {
    return closed(value.tag, value.enumJson, gen1, `${local} = { case: "${name}", value };`);
  }
  if (base === "") return caseOf(value.tag, [assign]);
  return block(`case ${value.tag}: `, [
    `const before = ${local}?.case === "${name}" ? ${local}.value : undefined;`,
    assign,
    ...closeGroup(value.isDelimited),
    "break;",
  ]);
}

/** A closed enum keeps what it does not know among the unknown fields. */
function closed(tag: number, names: string, gen1: string, then: string): Doc {
  return block(`case ${tag}: `, [
    "const value = reader.int32();",
    `if (${names}.names.has(value)) ${then}`,
    `else unknown = ${gen1}.keepNumber(unknown, ${tag}, value);`,
    "break;",
  ]);
}

function caseOf(tag: number, body: readonly Doc[]): Doc {
  return [`case ${tag}:`, indent([...body, "break;"].map((part) => [hardline, part]))];
}

function closeGroup(isDelimited: boolean): readonly Doc[] {
  return isDelimited ? ["reader.closeGroup();"] : [];
}
