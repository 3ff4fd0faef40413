/** The router's part of a lane, said frame by frame. */
import { encodePublishAck, FrameType } from "@nexus-bridge/protocol";
import type { Link } from "../link/link.ts";
import type { Diagnostic, LinkOptions } from "../link-options.ts";
import { CertainNoteTopic, Note } from "./notes.ts";
import { type Heard, RawRouter } from "./raw-router.ts";
import { TestClock } from "./test-clock.ts";

export interface Stage {
  readonly router: RawRouter;
  readonly link: Link;
  readonly clock: TestClock;
  readonly told: Diagnostic[];
  /** The next frames of type PUBLISH; aliases are passed over. */
  published(count: number): Promise<Heard[]>;
  answer(arg: number, code?: number, position?: { epoch: number; sequence: number }): void;
}

export async function stage(options: LinkOptions = {}): Promise<Stage> {
  const router = new RawRouter();
  const clock = new TestClock();
  const told: Diagnostic[] = [];
  const onDiagnostic = (each: Diagnostic): void => void told.push(each);
  const link = await router.link({ clock, random: () => 0.5, onDiagnostic, ...options });
  let stream = 1;
  const published = async (count: number): Promise<Heard[]> => {
    const heard: Heard[] = [];
    while (heard.length < count) {
      const [frame] = await router.take(1);
      if (frame?.type === FrameType.PUBLISH) heard.push(frame);
    }
    stream = heard.at(-1)?.stream ?? stream;
    return heard;
  };
  const answer: Stage["answer"] = (arg, code = 0, position = { epoch: 0, sequence: 0 }) =>
    router.send({
      type: FrameType.PUBACK,
      class: 0x88,
      stream,
      arg,
      payload: encodePublishAck({ code, ...position }),
    });
  return { router, link, clock, told, published, answer };
}

export const texts = (heard: readonly Heard[]): string[] =>
  heard.map(({ payload }) => Note.decode(payload).text);
export const args = (heard: readonly Heard[]): number[] => heard.map(({ arg }) => arg);
export const publish = (link: Link, text: string) => link.publish(CertainNoteTopic, { text });
