import { Router } from "@nexus-bridge/router-core";
import { openLink, type Link } from "@nexus-bridge/sdk";
import { topic } from "@nexus-bridge/sdk/gen1";
import { memoryChannels } from "../../sdks/typescript/src/memory/memory-channel.ts";
import { Note } from "../../sdks/typescript/src/testing/notes.ts";
const seed = Number(process.argv[2] ?? 1); let s = seed >>> 0 || 1;
const random = () => { s ^= s << 13; s >>>= 0; s ^= s >>> 17; s ^= s << 5; s >>>= 0; return s / 2 ** 32; };
const T = topic({ message: Note, tokens: ["c", { field: "text", kind: "string" }], qos: 1, retained: false }) as any;
let flushes: (() => void) | undefined;
const router: Router = new Router({ now: () => performance.now(), wallMicros: () => Date.now() * 1000, random: Math.random, requestFlush: () => setImmediate(() => router.flush()), limits: { ringMessages: Number(process.argv[4] ?? 20000) } } as any);
setInterval(() => (router as any).advance?.(), 10).unref();
const channels = new Set<any>();
const errors: unknown[] = [];
const dial = async () => { const [near, far] = memoryChannels("x"); channels.add(near); router.attach(far); return near; };
const open = () => openLink("mem://x", { "mem:": dial as any }, { schedule: setImmediate as any, onDiagnostic: d => { if (d.kind === "disconnected" && !/cut|closed/.test(String(d.cause))) errors.push(d.cause); if (d.kind === "gap") errors.push(d.gap); } });
const N = 3000, pubs = 3;
const got = new Map<string, number>(); const order: string[] = [];
const links: Link[] = [];
const sub = await open(); links.push(sub);
const mode = process.argv[3] ?? "plain";
const opts: any = mode === "consumer" ? { consumer: "k" } : mode === "group" ? { group: "g" } : {};
const readers: Promise<void>[] = [];
let done = false;
const total = N * pubs;
const reader = async (l: Link) => {
  const items = await l.subscribe(T, { ...opts, credit: 64 });
  for await (const i of items as any) {
    if (i.kind === "gap") { console.log("GAP", i); continue; }
    const k = `${i.topic}#${i.value.count}`;
    const before = got.get(k) ?? 0; got.set(k, before + 1);
    if (before > 0 && !i.redelivered && mode !== "group") console.log("UNFLAGGED DUP", k);
    if (random() < 0.02) { if (random() < 0.5) { i.nack({ delayMs: 1 }); } else await new Promise(r => setTimeout(r, 1)); }
    if (got.size === total) { done = true; }
    if (mode === "group" && done) break;
    if (done) break;
  }
};
readers.push(reader(sub));
if (mode === "group") { const s2 = await open(); links.push(s2); readers.push(reader(s2)); }
await new Promise(r => setTimeout(r, 20));
let acked = 0, dup = 0;
const writer = async (w: number) => { const l = await open(); links.push(l); const ps = []; for (let i = 0; i < N; i++) { const p = l.publish(T, { text: `w${w}`, count: i }).then((r: any) => { acked++; if (r.duplicate) dup++; }); ps.push(p); if (random() < 0.05) await p; if (random() < 0.02) await new Promise(r => setImmediate(r)); } await Promise.all(ps); };
const cutter = setInterval(() => { for (const c of channels) if (random() < 0.3) { channels.delete(c); c.destroy(new Error("cut")); } }, 15);
const writing = Promise.all([0, 1, 2].map(writer));
const progress = setInterval(() => console.log(process.uptime() | 0, got.size, acked), 4000); progress.unref();
const stop = setTimeout(() => { console.log("STUCK", { got: got.size, acked, total }); process.exit(1); }, 40000);
await writing; clearInterval(cutter);
await (mode === "group" ? Promise.race(readers) : Promise.all(readers));
clearTimeout(stop);
let dups = 0; for (const v of got.values()) if (v > 1) dups += v - 1;
console.log({ seed, mode, got: got.size, acked, dup, dups, errors: errors.length, first: errors[0] });
process.exit(0);
