/** REGISTER and UNREGISTER: an instance of a service comes and goes. */
import {
  Code,
  limits as constants,
  decodeControl,
  encodeFrame,
  FrameType,
  packCode,
  type Reason,
  utf8Bytes,
  wire,
} from "@nexus-bridge/protocol";
import { sayUnregistered } from "../calls/end.ts";
import type { Core } from "../core.ts";
import { type FrameFault, payloadFault, protocolError } from "../faults.ts";
import { type Frame, payloadOf } from "../frame.ts";
import { type Link, streamsOf } from "../link.ts";
import { checkMeta } from "../meta-check.ts";
import { policies, type Registration } from "../resolve/services.ts";
import { providerMismatch } from "../schema-check.ts";

interface Refusal {
  readonly code: Code;
  readonly reason?: Reason;
  readonly message: string;
}

const PRIORITY_BITS = 0xe0;
const serviceName = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/;
const methodName = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Methods in all registrations of one link: every one is remembered by name. */
const METHODS_PER_LINK_MAX: number = constants.methodsPerLink;
/** Services whose names begin so are the router's own. */
const ROUTER_SERVICES = ["nexus.router.", "grpc.health."];

/** Handles a REGISTER whose id the session has taken. */
export function register(core: Core, link: Link, frame: Frame): FrameFault | undefined {
  const fault = checkMeta(frame);
  if (fault !== undefined) {
    refuseRegister(core, link, frame, "", fault);
    return undefined;
  }
  const damage = payloadFault(frame);
  if (damage !== undefined) return damage;
  const decoded = decodeControl(wire.Register, payloadOf(frame));
  if (decoded.kind === "fault") return protocolError(decoded.message);
  const asked = decoded.payload;
  const problem = judge(core, link, asked);
  if (problem !== undefined) {
    refuseRegister(core, link, frame, asked.service, problem);
    return undefined;
  }
  const registration = core.services.add({
    id: frame.stream,
    class: frame.class,
    link,
    service: asked.service,
    policy: policies[asked.policy] ?? "round_robin",
    instance: asked.instance,
    version: asked.version,
    inFlightMax: asked.maxInFlight === 0 ? Number.POSITIVE_INFINITY : asked.maxInFlight,
    methods: asked.methods,
    openedAt: core.now,
  });
  if (typeof registration === "string") {
    refuseRegister(core, link, frame, asked.service, {
      code: Code.FAILED_PRECONDITION,
      message: registration,
    });
    return undefined;
  }
  link.attachments.set(frame.stream, registration);
  link.methods += asked.methods.length;
  answer(link, frame, 0, "");
  core.emit({
    kind: "registered",
    link: link.id,
    service: asked.service,
    instance: asked.instance,
  });
  return undefined;
}

function judge(core: Core, link: Link, asked: wire.Register): Refusal | undefined {
  if (streamsOf(link) >= link.streamsMax) {
    return {
      code: Code.RESOURCE_EXHAUSTED,
      message: `the link has ${link.streamsMax} streams open, the most it may`,
    };
  }
  if (link.methods + asked.methods.length > METHODS_PER_LINK_MAX) {
    return {
      code: Code.RESOURCE_EXHAUSTED,
      message: `the link offers ${link.methods} methods already; with ${asked.methods.length} more it has above ${METHODS_PER_LINK_MAX}, the most it may`,
    };
  }
  const message = problemOf(core, link, asked);
  if (message !== undefined) return { code: Code.INVALID_ARGUMENT, message };
  return providerMismatch(core, link, asked.service, asked.methods);
}

function problemOf(core: Core, link: Link, asked: wire.Register): string | undefined {
  const { service, methods, policy, instance, version } = asked;
  if (!serviceName.test(service)) return `"${service}" is no name of a service`;
  if (!link.isInternal && ROUTER_SERVICES.some((prefix) => service.startsWith(prefix))) {
    return `${service} belongs to the router`;
  }
  if (policies[policy] === undefined) return `there is no balancing policy ${policy}`;
  const { methodsPerRegistration, nameBytes } = core.limits;
  if (utf8Bytes(instance) > nameBytes) {
    return `the instance's name has more than ${nameBytes} bytes`;
  }
  if (utf8Bytes(version) > nameBytes) return `the version has more than ${nameBytes} bytes`;
  if (methods.length === 0) return `${service} is registered without methods`;
  if (methods.length > methodsPerRegistration) {
    return `${service} has ${methods.length} methods, ${methodsPerRegistration} are allowed`;
  }
  const seen = new Set<string>();
  for (const { name, kind } of methods) {
    if (!methodName.test(name)) return `"${name}" is no name of a method`;
    if (seen.has(name)) return `${service} has method ${name} twice`;
    if (kind > 4) return `${service}/${name}: there is no kind of method ${kind}`;
    if (utf8Bytes(`${service}/${name}`) > nameBytes) {
      return `${service}/${name} has more than ${nameBytes} bytes`;
    }
    seen.add(name);
  }
  return undefined;
}

export function refuseRegister(
  core: Core,
  link: Link,
  frame: Frame,
  service: string,
  refusal: Refusal,
): void {
  const { code, reason = 0, message } = refusal;
  answer(link, frame, packCode(code, reason), message);
  core.emit({
    kind: "refused",
    link: link.id,
    stream: frame.stream,
    what: `register ${service}`.trimEnd(),
    code,
    reason,
    message,
  });
}

function answer(link: Link, frame: Frame, arg: number, message: string): void {
  link.outbox.say(
    encodeFrame({
      type: FrameType.REGISTERED,
      class: frame.class & PRIORITY_BITS,
      stream: frame.stream,
      arg,
      payload: wire.Registered.encode({ message }),
    }),
  );
}

/** No new calls from now on; UNREGISTERED once the last one in flight is over. */
export function unregister(core: Core, registration: Registration): void {
  if (registration.isClosing) return;
  registration.isClosing = true;
  core.services.remove(registration);
  if (registration.inFlight === 0) sayUnregistered(core, registration);
}
