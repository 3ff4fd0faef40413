/**
 * The loop of an adapter program: one JSON order a line on stdin, one JSON answer a line on stdout, answers in the order in
 * which they are known. It judges nothing; CONTRACT.md is its law.
 */
import { Calls, callOperations } from "./call-operations.ts";
import { codecOperations } from "./codec-operations.ts";
import { failureTold } from "./failure.ts";
import { frameOperations } from "./frame-operations.ts";
import type { Answer, Host, Operations, Order } from "./host.ts";
import { eachLine } from "./lines.ts";
import { Links, linkOperations } from "./links.ts";
import { type CallsState, stateOf } from "./state.ts";
import { Subscriptions, topicOperations } from "./topic-operations.ts";

const CONTRACT = 1;

function operationsOf(host: Host): Operations {
  const state: CallsState = {
    links: new Links(),
    calls: new Calls(),
    subscriptions: new Subscriptions(),
  };
  return {
    hello: () => ({
      contract: CONTRACT,
      language: host.language,
      versions: { runtime: `node ${process.versions.node}` },
      features: host.features,
      transports: host.transports,
    }),
    state: () => stateOf(state),
    ...codecOperations(host),
    ...frameOperations,
    ...linkOperations(host, state.links),
    ...callOperations(host, state.links, state.calls),
    ...topicOperations(host, state.links, state.subscriptions),
  };
}

function say(answer: Answer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

/** Runs until stdin ends or `close` is ordered. */
export function runAdapter(host: Host): void {
  const operations = operationsOf(host);
  // Opened now, so that a first warning does not look like a socket that was left.
  process.stderr.write("");
  const answer = async (order: Order): Promise<void> => {
    const { id, op } = order;
    try {
      const operation = operations[op];
      if (operation === undefined) say({ id, broken: `no operation ${op}` });
      else say({ id, ok: await operation(order) });
    } catch (error) {
      say({ id, ...failureTold(error, host) });
    }
  };
  eachLine(process.stdin, (line) => {
    const order = JSON.parse(line) as Order;
    if (order.op === "close") process.exit(0);
    void answer(order);
  });
  process.stdin.on("end", () => process.exit(0));
}
