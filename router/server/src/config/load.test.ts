import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { limits } from "@nexus-bridge/protocol";
import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { variables } from "./environment-source.ts";
import { CONFIG_FILE, loadSettings, SettingsError, type SettingsSources } from "./load.ts";
import { printSettings, redactText } from "./redact.ts";
import { settingNames, settingsDefault } from "./settings.ts";

const folder = mkdtempSync(join(tmpdir(), "nexus-settings-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => write(""));

const write = (text: string) => writeFileSync(join(folder, CONFIG_FILE), text);
const load = (sources: Partial<SettingsSources> = {}) =>
  loadSettings({ flags: {}, environment: {}, folder, ...sources }).settings;

function problems(sources: Partial<SettingsSources> = {}): readonly string[] {
  try {
    load(sources);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe("settings", () => {
  test("are the defaults where nobody says anything", () => {
    expect(load()).toEqual(settingsDefault);
    expect(loadSettings({ flags: {}, environment: {}, folder: "/nowhere" })).toEqual({
      settings: settingsDefault,
      file: undefined,
    });
  });

  test("come from flags over variables over the file, key by key", () => {
    write(`
listen: [unix:///tmp/file.sock]
admin: 127.0.0.1:1
log: { level: warn, format: json }
trace: { sample: 0.5 }
schemas: [orders.proto]
rings: [b]
limits: { heartbeatMs: 20000, drainGraceMs: 1000 }
`);
    const environment = {
      NEXUS_ADMIN: "127.0.0.1:2",
      NEXUS_LOG_LEVEL: "error",
      NEXUS_LIMITS_DRAIN_GRACE_MS: "2000",
      NEXUS_ALLOWED_ORIGINS: "http://a.example, http://b.example:81",
      NEXUS_LISTEN: "",
      NEXUS_SCHEMAS: "a.proto, b",
      NEXUS_REGISTRY_PATH: "/var/lib/a",
      NEXUS_RINGS: "orders.>, a.*",
      NEXUS_JSON_LINES: "false",
      NEXUS_URL: "nexus://elsewhere",
    };
    expect(
      load({ environment, flags: { admin: "[::1]:3", logLevel: "debug", registryPath: "/b" } }),
    ).toEqual({
      listen: ["unix:///tmp/file.sock"],
      admin: "[::1]:3",
      allowedHosts: [],
      allowedOrigins: ["http://a.example", "http://b.example:81"],
      log: { level: "debug", format: "json" },
      trace: { sample: 0.5 },
      schemas: ["a.proto", "b"],
      registry: { path: "/b", push: true },
      rings: ["orders.>", "a.*"],
      jsonLines: false,
      limits: { heartbeatMs: 20000, drainGraceMs: 2000 },
    });
    expect(load({ flags: { admin: "off" } }).admin).toBeUndefined();
  });

  test("are refused with every problem at once, each with its place", () => {
    write("listen: []\nlog:\n  level: loud\nlimits:\n  heartbeatMS: 3\n  aliases: 5\n");
    const environment = { NEXUS_TRACE_SAMPLE: "much", NEXUS_LIMITS_FOO: "1" };
    expect(problems({ environment, flags: { admin: "0.0.0.0:1" } })).toEqual([
      "router.yaml:1:1: listen: must not be empty",
      "router.yaml:3:3: log.level: must be debug or info or warn or error",
      "router.yaml:6:3: limits.aliases: is fixed by the protocol: 4096",
      "router.yaml:5:3: limits.heartbeatMS: there is no such key; did you mean limits.heartbeatMs?",
      "NEXUS_LIMITS_FOO: there is no such limit",
      "NEXUS_TRACE_SAMPLE: trace.sample: must be a number",
      expect.stringMatching(/^--admin: admin: "0\.0\.0\.0:1" is not on loopback/),
    ]);
  });

  test.each([
    ["listen: tcp://127.0.0.1:1", "router.yaml:1:1: listen: must be a list"],
    ["listen:\n  - tcp://127.0.0.1:1\n  - http://x", 'router.yaml:3:5: listen.1: "http://x"'],
    ["admin:", "router.yaml:1:1: admin: must be a text"],
    ["admin: localhost", '"localhost" is no address of an admin listener'],
    ["admin: 127.0.0.1:70000", "is no address of an admin listener"],
    ["trace: { sample: 2 }", "router.yaml:1:10: trace.sample: must be 1 or less"],
    ["limits: { drainGraceMs: 1.5 }", "limits.drainGraceMs: must be a whole number"],
    ["limits: { drainGraceMs: -1 }", "limits.drainGraceMs: must be 0 or more"],
    ["allowedOrigins: [app.example]", 'allowedOrigins.0: "app.example" is no origin'],
    ["allowedHosts: ['a:1']", 'allowedHosts.0: "a:1" is no host name'],
    ["rings: [a, b..c]", "router.yaml:1:12: rings.1:"],
    ["tls: { cert: a.pem }", "tls.key: is missing"],
    ["tls: { allowPlaintext: 'no', cert: a, key: b }", "tls.allowPlaintext: must be true or false"],
    ["listen: ['tls://127.0.0.1:1']", "tls://127.0.0.1:1 needs tls.cert and tls.key"],
    ["- 1", "router.yaml:1:1: must be keys and values"],
    ["a: [", "router.yaml:1:"],
    ["log: {}\nlog: {}", "router.yaml:2:1: Map keys must be unique"],
    ["*!", "router.yaml:1:1: *! names no anchor"],
    ["log:\n  level: *x", "router.yaml:2:10: *x names no anchor"],
    [
      `a: &a [${"1,".repeat(9)}1]\nb: &b [${"*a,".repeat(20)}]\nc: [${"*b,".repeat(20)}]`,
      "router.yaml:1:1: ",
    ],
  ])("do not take %j", (text, problem) => {
    write(text);
    expect(problems().join("\n")).toContain(problem);
  });

  test("say which file is not there", () => {
    expect(problems({ flags: { config: "other.yaml" } })).toEqual([
      "other.yaml: there is no such file; --config and NEXUS_CONFIG name it",
    ]);
    expect(problems({ environment: { NEXUS_CONFIG: "other.yaml" } })).toHaveLength(1);
  });

  test("never throw anything but their own error, whatever the file holds", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        write(text);
        expect(Array.isArray(problems())).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("can be read again as they are printed", () => {
    write("limits: { heartbeatMs: 20000 }\ntls: { cert: a, key: b }");
    const settings = load();
    const printed = printSettings(settings);
    expect(parse(printed).limits).toEqual({ ...limits, heartbeatMs: 20000 });
    write(printed);
    expect(load()).toEqual({ ...settings, limits: { ...limits, heartbeatMs: 20000 } });
  });

  test("have a variable for every key", () => {
    const groups = new Set(["log", "trace", "tls", "registry", "limits"]);
    const names = variables.map(({ path }) => path.join("."));
    expect(names.toSorted()).toEqual(settingNames.filter((name) => !groups.has(name)).toSorted());
  });
});

describe("what may be secret", () => {
  test.each([
    ["tcp://user:word@127.0.0.1:1", "tcp://[redacted]@127.0.0.1:1"],
    ["see nexus+tls://user:word@host.", "see nexus+tls://[redacted]@host."],
    ["-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n", "[redacted]\n"],
    ["-----BEGIN RSA PRIVATE KEY-----\nabc", "[redacted]"],
    ["tcp://127.0.0.1:1", "tcp://127.0.0.1:1"],
    ["unix:///a@b", "unix:///a@b"],
  ])("is left out of %j", (text, shown) => {
    expect(redactText(text)).toBe(shown);
  });

  test("is not in a problem either", () => {
    const flags = { listen: ["tcp://me:word@10.0.0.1:1"] };
    expect(problems({ flags }).join()).not.toContain("word");
    const tlsKey = "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----";
    expect(printSettings(load({ flags: { tlsCert: "a.pem", tlsKey } }))).not.toContain("secret");
  });
});
