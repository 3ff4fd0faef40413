/** The router's process under `nexus start`: its configuration, what SIGHUP changes, its admin listener and its end. */
import { createInterface } from "node:readline";
import { afterAll, describe, expect, it } from "vitest";
import { makeWorkspace, nexus, type Running, startNexus } from "./testing/run.ts";

const workspace = makeWorkspace();
const { folder } = workspace;
afterAll(() => workspace[Symbol.dispose]());

const address = async (running: Running, word: string): Promise<string> =>
  (await running.line(`${word} `)).replace(`${word} `, "");

type LogLine = Readonly<Record<string, unknown>>;

/** Reads the log, which comes by a stream of its own: each call gives the next line of that kind. */
function readLog({ child }: Running): (kind: string) => Promise<LogLine> {
  const lines = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
  return async (kind) => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`the log ended without ${kind}`);
      const line: LogLine = JSON.parse(value);
      if (line.kind === kind) return line;
    }
  };
}

describe("nexus start --print-config", () => {
  it("prints what holds, without starting anything", async () => {
    workspace.write("printed.yaml", "log: { level: warn }\nlimits: { drainGraceMs: 5 }\n");
    const command = ["start", "--config", "printed.yaml", "--admin", "[::1]:0", "--print-config"];
    const environment = { NEXUS_LOG_LEVEL: "error", NEXUS_LISTEN: "unix:///tmp/a,tcp://[::1]:0" };
    const { code, out, errors } = await nexus(command, { folder, environment });
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(out).toContain("listen:\n  - unix:///tmp/a\n  - tcp://[::1]:0\n");
    expect(out).toContain('admin: "[::1]:0"\n');
    expect(out).toContain("  level: error\n");
    expect(out).toContain("  drainGraceMs: 5\n");
    expect(out).toContain("  heartbeatMs: 10000\n");
  });

  it("names every problem with its place, and fails", async () => {
    workspace.write("wrong.yaml", "listen: 5\nlimits:\n  heartbeat: 5\n");
    const command = ["start", "--config", "wrong.yaml", "--print-config"];
    const environment = { NEXUS_LOG_FORMAT: "xml" };
    expect(await nexus(command, { folder, environment })).toEqual({
      code: 1,
      out: "",
      errors: [
        "nexus: the configuration is wrong",
        "  wrong.yaml:1:1: listen: must be a list",
        "  wrong.yaml:3:3: limits.heartbeat: there is no such key",
        "  NEXUS_LOG_FORMAT: log.format: must be text or json",
        "",
      ].join("\n"),
    });
  });
});

describe("nexus start", () => {
  it("serves metrics, traces and readiness, and reloads at SIGHUP what can be", async () => {
    const listen = "listen: [tcp://127.0.0.1:0]";
    workspace.write("router.yaml", `${listen}\nadmin: 127.0.0.1:0\nlog: { format: json }\n`);
    const running = startNexus(["start"], { folder });
    const logged = readLog(running);
    try {
      expect(await logged("configured")).toMatchObject({
        level: "info",
        file: "router.yaml",
        admin: "127.0.0.1:0",
      });
      const url = (await address(running, "listening")).replace("tcp:", "nexus:");
      const admin = await address(running, "admin");
      expect((await fetch(`${admin}/readyz`)).status).toBe(200);

      workspace.write("router.yaml", `${listen}\nlog: { level: loud }\nadmins: x\n`);
      running.child.kill("SIGHUP");
      const refused = [await logged("reloadRefused"), await logged("reloadRefused")];
      expect(refused.map(({ problem }) => problem)).toEqual([
        "router.yaml:2:8: log.level: must be debug or info or warn or error",
        "router.yaml:3:1: admins: there is no such key; did you mean admin?",
      ]);

      const changed = `${listen}\nadmin: 127.0.0.1:1\nlog: { level: debug, format: json }\n`;
      workspace.write("router.yaml", `${changed}limits: { drainGraceMs: 2000 }\n`);
      running.child.kill("SIGHUP");
      expect(await logged("reloaded")).toMatchObject({
        admin: "127.0.0.1:0",
        log: { level: "debug" },
        limits: { drainGraceMs: 2000 },
      });
      expect(await logged("restartNeeded")).toMatchObject({ key: "admin" });

      const publish = ["publish", "plant.level", "{}", "--url", url];
      expect((await nexus(publish, { folder })).code).toBe(0);
      expect(await logged("message")).toMatchObject({ topic: "plant.level", bytes: 2 });
      const trace = await (await fetch(`${admin}/trace?kind=message`)).json();
      expect(trace).toMatchObject({ entries: [{ name: "plant.level", receivers: 0 }] });
      const metrics = await (await fetch(`${admin}/metrics`)).text();
      expect(metrics).toContain("\nnexus_messages_published_total 1\n");

      running.child.kill("SIGTERM");
      expect(await logged("stopping")).toMatchObject({ level: "info" });
      expect((await running.ended).code).toBe(0);
    } finally {
      running.child.kill("SIGKILL");
    }
  });

  it("ends with 0 when it has drained, and says what it was told on stdout alone", async () => {
    const flags = ["--listen", "tcp://127.0.0.1:0", "--admin", "127.0.0.1:0"];
    const running = startNexus(["start", ...flags, "--log-level", "error"], { folder });
    await running.line("admin ");
    running.child.kill("SIGTERM");
    const { code, out, errors } = await running.ended;
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(out).toMatch(/^listening tcp:\/\/127\.0\.0\.1:\d+\nadmin http:\/\/127\.0\.0\.1:\d+\n$/);
  });

  it.each([
    [["--admin", "0.0.0.0:5674"], "no authentication"],
    [["--tls-cert", "a.pem"], "tls.key: is missing"],
    [["--config", "none.yaml"], "none.yaml: there is no such file"],
  ])("refuses %j", async (flags, words) => {
    const { code, out, errors } = await nexus(["start", ...flags], { folder });
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(errors).toContain(words);
  });
});
