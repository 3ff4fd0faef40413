/** Where a subscription goes on after a lost link: by positions, where the topics have them and the QoS asks for no more. */
import type { wire } from "@nexus-bridge/protocol";
import type { TopicPattern } from "../descriptor.ts";
import type { Places } from "./places.ts";
import type { SubscribeOptions } from "./subscribe-options.ts";

const EARLIEST = 1;
const POSITION = 2;

/**
 * Whether it is worth remembering positions. At QoS 0 a pattern with wildcards is not: topics that no position names begin at
 * their earliest, which would bring what came at most once a second time.
 */
export function resumes(pattern: TopicPattern<unknown>, options: SubscribeOptions): boolean {
  if ((options.qos ?? pattern.qos) > 0 || readsStore(options)) return true;
  return !/[*>]/.test(pattern.pattern);
}

/** The start of the next session; undefined where what was asked for at first is all there is. */
export function resumeAt(
  places: Places | undefined,
  options: SubscribeOptions,
  qos: number,
): wire.StartInit | undefined {
  if (places === undefined) return undefined;
  if (places.size > 0) return { kind: POSITION, positions: places.wanted };
  // No topic was there when it began: all that are there now began since.
  return qos > 0 && !readsStore(options) ? { kind: EARLIEST } : undefined;
}

/** Whether what was asked for at first leaves nothing out when it is asked for again: nothing has come yet. */
export function continues(options: SubscribeOptions): boolean {
  return options.consumer !== undefined || readsStore(options);
}

const readsStore = ({ start }: SubscribeOptions): boolean =>
  start !== undefined && start !== "latest";
