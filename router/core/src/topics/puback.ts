/** PUBACK: what a publisher is answered. */
import { encodeFrame, encodePublishAck, FrameType } from "@nexus-bridge/protocol";
import type { Link } from "../link.ts";

export interface PublishAnswer {
  /** The lane; 0 for a message without one. */
  readonly stream: number;
  /** Of the PUBLISH: its priority and QoS are kept. */
  readonly class: number;
  readonly route: number;
  readonly arg: number;
  /** A code with its reason. */
  readonly code: number;
  readonly epoch: number;
  readonly sequence: number;
  /** The topic, where the publisher named it. */
  readonly name?: string;
}

const PRIORITY_AND_QOS_BITS = 0xf8;

export function writePublishAck(link: Link, answer: PublishAnswer): void {
  const { stream, route, arg, code, epoch, sequence, name } = answer;
  link.outbox.say(
    encodeFrame({
      type: FrameType.PUBACK,
      class: answer.class & PRIORITY_AND_QOS_BITS,
      stream,
      route,
      arg,
      payload: encodePublishAck({ code, epoch, sequence }),
      ...(name === undefined ? {} : { meta: { name } }),
    }),
  );
}
