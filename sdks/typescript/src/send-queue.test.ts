import { describe, expect, it } from "vitest";
import { sendQueue } from "./send-queue.ts";
import { all, failure } from "./testing/gate.ts";

describe("a send queue", () => {
  it("yields what is sent, in order, until it is ended", async () => {
    const queue = sendQueue<number>();
    const read = all(queue);
    for (let count = 0; count < 40; count += 1) await queue.send(count);
    queue.end();
    expect(await read).toEqual(Array.from({ length: 40 }, (_, index) => index));
  });

  it("lets the sender go a little ahead, then makes it wait", async () => {
    const queue = sendQueue<number>();
    let sent = 0;
    const sending = (async () => {
      for (let count = 0; count < 20; count += 1) {
        await queue.send(count);
        sent += 1;
      }
      queue.end();
    })();
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(sent).toBe(16);
    expect(await all(queue)).toHaveLength(20);
    await sending;
  });

  it("refuses to send after its end, and tells a sender that its reader has left", async () => {
    const ended = sendQueue<number>();
    ended.end();
    expect(await failure(ended.send(1))).toMatchObject({ code: "FAILED_PRECONDITION" });
    const left = sendQueue<number>();
    await left.send(1);
    for await (const _ of left) break;
    expect(await failure(left.send(2))).toMatchObject({ code: "CANCELLED" });
  });
});
