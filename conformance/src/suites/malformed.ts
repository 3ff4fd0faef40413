/** Templates of what malformed frames do to an SDK and to the router. Each ends with a link or a call that works. */
import { frame, headerBytes, type } from "../referee/wire.ts";
import { type Step, type Template, template } from "../runner/template.ts";
import { type LinkFault, linkFaults, type StreamFault, streamFaults } from "./malformed-frames.ts";

const ECHO = "nexus.conformance.v1.Echo";

/** After its link was lost the SDK comes back and works. */
const comesBack: readonly Step[] = [
  { a: { op: "diagnostics" }, until: true, expect: { ok: { kinds: { $has: ["disconnected"] } } } },
  { r: { welcome: true, on: 1 } },
  { r: { quiet: true, on: 1 } },
];

function sdkTemplate({ id, clause, bytes, verdict }: LinkFault): Template {
  const steps: readonly Step[] =
    verdict === "ignored"
      ? [{ r: { raw: bytes.toString("hex") } }, { r: { quiet: true } }]
      : [
          { r: { raw: bytes.toString("hex") } },
          { r: { ended: verdict } },
          {
            a: { op: "diagnostics" },
            until: true,
            expect: { ok: { kinds: { $has: ["disconnected"] } } },
          },
        ];
  return template({
    id: `frame.malformed.${id}`,
    clauses: [clause],
    stage: "scripted",
    setup: { link: true },
    requires: ["call.unary"],
    steps,
  });
}

function routerTemplate({ id, clause, bytes, verdict }: LinkFault): Template {
  const raw: Step = { p: { raw: bytes.toString("hex") } };
  const steps: readonly Step[] =
    verdict === "ignored"
      ? [{ p: { hello: true } }, raw, { p: { quiet: true } }]
      : [{ p: { hello: true } }, raw, { p: { ended: verdict } }];
  return template({
    id: `router.malformed.${id}`,
    clauses: [clause],
    subject: "router",
    stage: "routed",
    steps,
  });
}

/** A call that the scripted router opens on the SDK's handler, broken; then one that is whole. */
function handlerTemplate(fault: StreamFault): Template {
  const bytes = fault.open(2, `${ECHO}/Unary`);
  const whole = {
    type: "OPEN",
    stream: 4,
    flags: ["END"],
    meta: { name: `${ECHO}/Unary` },
    payload: { pb: { 1: "hello" } },
  };
  return template({
    id: `frame.malformed.${fault.id}`,
    clauses: [fault.clause, "WIRE-14.2"],
    stage: "scripted",
    setup: { link: true, serve: true },
    requires: ["call.unary"],
    steps: [
      { r: { raw: bytes.toString("hex") } },
      { r: { read: { type: "STATUS", stream: 2, arg: fault.code } } },
      { r: { send: whole } },
      { r: { read: { type: "DATA", stream: 4, pb: { 1: "hello" } } } },
    ],
  });
}

function routedTemplate(fault: StreamFault): Template {
  const bytes = fault.open(1, `${ECHO}/Unary`);
  const methods = { pb: { 1: "Unary", 2: 1 } };
  return template({
    id: `router.malformed.${fault.id}`,
    clauses: [fault.clause, "WIRE-14.2"],
    subject: "router",
    stage: "routed",
    steps: [
      { p: { hello: true, as: "server" } },
      {
        p: {
          as: "server",
          send: { type: "REGISTER", stream: 1, payload: { pb: { 1: ECHO, 3: methods } } },
        },
      },
      { p: { as: "server", read: { type: "REGISTERED", arg: 0 } } },
      { p: { hello: true } },
      { p: { raw: bytes.toString("hex") } },
      { p: { read: { type: "STATUS", stream: 1, arg: fault.code } } },
      { p: { quiet: true } },
      { p: { as: "server", quiet: true } },
    ],
  });
}

/** The bytes stop inside a frame: nothing is done with the half, and the SDK comes back. */
function truncations(): readonly Template[] {
  const whole = frame({ type: type.ping, payload: Buffer.alloc(8, 5), flags: 0 });
  return Array.from({ length: headerBytes + 7 }, (_, at) => {
    const bytes = whole.subarray(0, at + 1);
    return template({
      id: `frame.malformed.truncated.after-${at + 1}`,
      clauses: ["WIRE-2.6", "WIRE-5.6"],
      stage: "scripted",
      setup: { link: true },
      requires: ["call.unary"],
      steps: [{ r: { raw: bytes.toString("hex") } }, { r: { end: true } }, ...comesBack],
    });
  });
}

export function malformedTemplates(): readonly Template[] {
  return [
    ...linkFaults().map(sdkTemplate),
    ...linkFaults().map(routerTemplate),
    ...streamFaults().map(handlerTemplate),
    ...streamFaults().map(routedTemplate),
    ...truncations(),
  ];
}
