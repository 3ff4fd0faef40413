/** What is called and published in a simulation: one message, one service with all shapes, topics with two fields. */
import {
  type CallOptions,
  type HandlerContext,
  type MessageSource,
  type MessageType,
  Reader,
  type ServiceDescriptor,
  type TopicDescriptor,
  topic,
  Writer,
} from "@nexus-bridge/sdk/gen1";

export interface Item {
  /** Of the call, or the publisher's session. */
  id: number;
  index: number;
  phase: string;
  lane: number;
  body: Uint8Array;
}
export type ItemInit = Partial<Item>;

const ID = 8;
const INDEX = 16;
const PHASE = 26;
const LANE = 32;
const BODY = 42;

const create = (init: ItemInit = {}): Item => ({
  id: init.id ?? 0,
  index: init.index ?? 0,
  phase: init.phase ?? "",
  lane: init.lane ?? 0,
  body: init.body ?? new Uint8Array(0),
});

function write(writer: Writer, item: ItemInit): void {
  const { id = 0, index = 0, phase = "", lane = 0, body } = item;
  if (id !== 0) writer.uint32(ID, id);
  if (index !== 0) writer.uint32(INDEX, index);
  if (phase !== "") writer.string(PHASE, phase);
  if (lane !== 0) writer.uint32(LANE, lane);
  if (body !== undefined && body.length > 0) writer.byteString(BODY, body);
}

function read(reader: Reader, end: number, base?: Item): Item {
  const item = base ?? create();
  while (reader.position < end) {
    const tag = reader.tag();
    if (tag === ID) item.id = reader.uint32();
    else if (tag === INDEX) item.index = reader.uint32();
    else if (tag === PHASE) item.phase = reader.string();
    else if (tag === LANE) item.lane = reader.uint32();
    else if (tag === BODY) item.body = reader.byteString();
    else reader.skip(tag);
  }
  reader.close(end);
  return item;
}

export const Item: MessageType<Item, ItemInit> = {
  typeName: "simulation.v1.Item",
  fingerprint: 11n,
  create,
  write,
  read,
  encode(item) {
    const writer = new Writer();
    write(writer, item);
    return writer.finish();
  },
  decode: (bytes) => read(new Reader(bytes), bytes.length),
};

export interface WorkClient {
  once(request: ItemInit, options?: CallOptions): Promise<Item>;
  again(request: ItemInit, options?: CallOptions): Promise<Item>;
  watch(request: ItemInit, options?: CallOptions): AsyncIterable<Item>;
  put(requests: MessageSource<ItemInit>, options?: CallOptions): Promise<Item>;
  chat(requests: MessageSource<ItemInit>, options?: CallOptions): AsyncIterable<Item>;
}

export interface WorkHandler {
  once(request: Item, context: HandlerContext): Promise<ItemInit>;
  again(request: Item, context: HandlerContext): Promise<ItemInit>;
  watch(request: Item, context: HandlerContext): AsyncIterable<ItemInit>;
  put(requests: AsyncIterable<Item>, context: HandlerContext): Promise<ItemInit>;
  chat(requests: AsyncIterable<Item>, context: HandlerContext): AsyncIterable<ItemInit>;
}

const both = { request: Item, response: Item };

export const Work: ServiceDescriptor<WorkClient, WorkHandler> = {
  typeName: "simulation.v1.Work",
  methods: {
    once: { name: "Once", shape: "unary", ...both },
    again: { name: "Again", shape: "unary", ...both, idempotent: true },
    watch: { name: "Watch", shape: "server_stream", ...both },
    put: { name: "Put", shape: "client_stream", ...both },
    chat: { name: "Chat", shape: "bidi", ...both },
  },
};

export type Method = keyof WorkClient;

export const ItemTopic: TopicDescriptor<Item, ItemInit, { phase: string; lane: number }> = topic({
  message: Item,
  tokens: ["items", { field: "phase", kind: "string" }, { field: "lane", kind: "integer" }],
  qos: 0,
  retained: false,
});

/** A job is an item that is acknowledged; its lane is its key. */
export type Job = Item;

export const JobTopic: TopicDescriptor<Job, ItemInit, { phase: string }> = topic({
  message: Item,
  tokens: ["jobs", { field: "phase", kind: "string" }],
  qos: 1,
  retained: false,
  orderingKey: "lane",
});

/** A body that its receiver can check. */
export function bodyOf(id: number, index: number, bytes: number): Uint8Array {
  const body = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at++) body[at] = (id * 31 + index * 7 + at) & 0xff;
  return body;
}

export function isIntact(item: Item): boolean {
  for (let at = 0; at < item.body.length; at++)
    if (item.body[at] !== ((item.id * 31 + item.index * 7 + at) & 0xff)) return false;
  return true;
}
