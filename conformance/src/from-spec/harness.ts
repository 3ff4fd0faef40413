/** What the tests of the client from the specification share: a router of their own, and links to it that are closed. */
import { afterAll, beforeAll, expect } from "vitest";
import { type RouterProcess, startRouterProcess } from "../referee/router.ts";
import { Client, type } from "./client.ts";
import { type Answer, answerOf, field, fieldsOf, message, producer, text } from "./payloads.ts";

export const hello: Buffer = message(field(1, 1), field(2, 1), field(4, "client"));

/** A router for the tests of one file, and how they reach it. */
export function useRouter(): { welcomed(): Promise<Client>; port(): number } {
  let router: RouterProcess;
  const clients: Client[] = [];
  beforeAll(async () => {
    router = await startRouterProcess();
  });
  afterAll(async () => {
    for (const client of clients) await client.close();
    expect(await router.stop()).toBe(0);
  });
  return {
    port: () => router.port,
    async welcomed() {
      const [client, welcome] = await Client.connect(router.port, hello);
      expect(fieldsOf(welcome.payload).get(1)).toEqual([1]);
      clients.push(client);
      return client;
    },
  };
}

type Field = readonly [tag: number, value: Buffer];

/** Meta with the name of a method or topic (WIRE-3.3). */
export const named = (name: string): readonly Field[] => [[0x01, text(name)]];

/** Publishes on a lane of its own; the positions of the messages (WIRE-18.6). */
export async function publishHeld(
  client: Client,
  topic: string,
  values: readonly string[],
  fieldsOf: (at: number) => readonly Field[] = () => [],
): Promise<readonly Answer[]> {
  const lane = client.takeId();
  const id = crypto.getRandomValues(new Uint8Array(16));
  const places: Answer[] = [];
  for (const [at, value] of values.entries()) {
    const sequence = at + 1;
    client.send({
      type: type.PUBLISH,
      class: 0x88,
      stream: lane,
      arg: sequence,
      meta: [
        ...named(topic),
        ...fieldsOf(at),
        ...(at === 0 ? ([[0x06, producer(id, 1, sequence)]] as const) : []),
      ],
      payload: text(value),
    });
    const answer = answerOf((await client.next(type.PUBACK, lane)).payload);
    expect(answer.code).toBe(0);
    places.push(answer);
  }
  return places;
}
