import { connect } from "node:net";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { useRouter } from "./harness.ts";

const { port } = useRouter();

type Line = Readonly<Record<string, unknown>>;

/** Writes lines as a person would (WIRE-22.1), and gives what comes, line by line. */
function lines(...first: readonly string[]) {
  const socket = connect(port(), "127.0.0.1");
  const read = createInterface({ input: socket })[Symbol.asyncIterator]();
  const write = (...texts: readonly string[]) => socket.write(`${texts.join("\n")}\n`);
  write(...first);
  return {
    write,
    end: () => socket.end(),
    /** The next line of a type; undefined at the end. PING needs no answer (WIRE-22.6). */
    async next(type: string): Promise<Line | undefined> {
      for (;;) {
        const { value, done } = await read.next();
        if (done === true) return undefined;
        const line = JSON.parse(value) as Line;
        if (line.t === type) return line;
      }
    },
  };
}

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("what the specification says of JSON lines is enough for", () => {
  it("a handshake and a call", async () => {
    const person = lines(
      '{"t":"HELLO"}',
      '{"t":"OPEN","s":1,"r":"grpc.health.v1.Health/Check","f":["END"],"a":5000,"p":{}}',
    );
    expect(await person.next("WELCOME")).toMatchObject({ p: { wire: 1 } });
    expect(await person.next("DATA")).toMatchObject({
      s: 1,
      f: ["END"],
      p: { status: "SERVING" },
    });
    person.end();
  });

  it("a topic whose schema the router does not know", async () => {
    const value = base64("21.5");
    const person = lines(
      '{"t":"HELLO"}',
      '{"t":"SUBSCRIBE","s":1,"p":{"pattern":"spec.lines"}}',
      `{"t":"PUBLISH","r":"spec.lines","m":{"user":[["team","blue"]]},"b64":"${value}"}`,
    );
    expect(await person.next("SUBSCRIBED")).toMatchObject({ s: 1 });
    expect(await person.next("EVENT")).toMatchObject({
      s: 1,
      r: "spec.lines",
      a: 1,
      m: { user: [["team", "blue"]] },
      b64: value,
    });
    person.end();
  });

  it("a publish that is acknowledged, and one that is not the next", async () => {
    const id = Buffer.alloc(16, 3).toString("base64");
    const person = lines(
      '{"t":"HELLO"}',
      `{"t":"PUBLISH","s":1,"c":136,"a":1,"r":"spec.line-lane","m":{"producer":{"id":"${id}","epoch":1,"sequence":"1"}},"b64":""}`,
    );
    expect(await person.next("PUBACK")).toMatchObject({ s: 1, a: 1, p: { sequence: "1" } });
    person.write('{"t":"PUBLISH","s":1,"c":136,"a":3,"r":"spec.line-lane","b64":""}');
    expect(await person.next("PUBACK")).toMatchObject({ s: 1, a: 3 });
    person.end();
  });

  it("a line that cannot be read, after which the link lives", async () => {
    const person = lines('{"t":"HELLO"}', '{"t":"SUBSCRIBE","s":1,"q":1}', "");
    const error = await person.next("ERROR");
    expect(error).toMatchObject({ line: 2, left: 99 });
    expect(error).not.toHaveProperty("a");
    person.write('{"t":"PING","p":{"echo":"MTIzNDU2Nzg="}}');
    expect(await person.next("PONG")).toMatchObject({ p: { echo: "MTIzNDU2Nzg=" } });
    person.end();
    expect(await person.next("ERROR")).toBeUndefined();
  });
});
