/**
 * A publisher at full speed, a subscriber that reads, and with `inFlight` 1 another one that does not, whose oldest events fall:
 * `nexus-slow.ts <url> <qos>`.
 */
import { once } from "node:events";
import { connect as connectSocket, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { encodeFrame, FrameType, preface, wire } from "@nexus-bridge/protocol";
import { connect, type Link } from "@nexus-bridge/sdk-node";
import { LedgerTopic, LoadTopic } from "../gen/bench/v1/index.ts";
import { payloadOf } from "../load.ts";
import { answerRuns, type RunParams, type RunResult } from "../run.ts";

const [, , url = "", qos = "0"] = process.argv;
const topic = qos === "1" ? LedgerTopic : LoadTopic;
const DROP_OLD = 1;
const TURN_MESSAGES = 256;
const SETTLE_MS = 5_000;
const CREDIT_MAX = 1_000_000;

/** A link that subscribes and is deaf from then on. */
async function deafSubscriber(): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connectSocket(Number(port), hostname);
  await once(socket, "connect");
  socket.pause();
  socket.on("error", () => undefined);
  socket.write(preface());
  const hello = wire.Hello.encode({ wireMin: 1, wireMax: 1 });
  socket.write(encodeFrame({ type: FrameType.HELLO, payload: hello }));
  const asked = { pattern: topic.pattern, qos: Number(qos), slow: DROP_OLD };
  const payload = wire.Subscribe.encode(asked);
  socket.write(encodeFrame({ type: FrameType.SUBSCRIBE, stream: 1, arg: CREDIT_MAX, payload }));
  return socket;
}

class Sibling {
  received = 0;
  gaps = 0;

  async listen(link: Link): Promise<void> {
    const items = await link.subscribe(topic, { credit: 65_536 });
    void (async () => {
      for await (const item of items) {
        if (item.kind === "gap") this.gaps += item.count;
        else this.received++;
      }
    })();
  }

  get told(): number {
    return this.received + this.gaps;
  }
}

async function publishAll(link: Link, sibling: Sibling, params: RunParams): Promise<RunResult> {
  const before = { told: sibling.told, gaps: sibling.gaps };
  const data = payloadOf(params.payloadBytes);
  const started = performance.now();
  let count = 0;
  while (performance.now() - started < params.durationMs) {
    const turn = Array.from({ length: TURN_MESSAGES }, () => link.publish(topic, { data }));
    await Promise.all(turn);
    count += TURN_MESSAGES;
    await setImmediate();
  }
  const seconds = (performance.now() - started) / 1_000;
  const until = performance.now() + SETTLE_MS;
  while (sibling.told - before.told < count && performance.now() < until) await setImmediate();
  const lost = count - (sibling.told - before.told);
  return { count, seconds, p50Us: 0, p99Us: 0, lost, gaps: sibling.gaps - before.gaps };
}

await answerRuns(async () => {
  const publisher = await connect(url);
  const reader = await connect(url);
  const sibling = new Sibling();
  await sibling.listen(reader);
  let deaf: Socket | undefined;
  return {
    async run(params) {
      if (params.inFlight > 0) deaf ??= await deafSubscriber();
      return await publishAll(publisher, sibling, params);
    },
    async stop() {
      deaf?.destroy();
      await Promise.all([publisher.close(), reader.close()]);
    },
  };
});
