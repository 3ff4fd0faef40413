/** A small schema as the generator would write it, for this package's own tests. */
import type { MessageType, Reader, Violation, Writer } from "@nexus-bridge/codec";
import { Reader as CodecReader, Writer as CodecWriter } from "@nexus-bridge/codec/gen1";
import {
  type CallOptions,
  type ErrorType,
  error,
  type HandlerContext,
  type MessageSource,
  type ServiceDescriptor,
  type TopicDescriptor,
  topic,
} from "../gen1.ts";

export interface Note {
  text: string;
  count: number;
  bytes: Uint8Array;
}
export type NoteInit = { [Key in keyof Note]?: Note[Key] | undefined };

const TEXT = 10;
const COUNT = 16;
const BYTES = 26;

function messageType(
  typeName: string,
  validate?: (note: NoteInit) => readonly Violation[],
): MessageType<Note, NoteInit> {
  const create = (init: NoteInit = {}): Note => ({
    text: init.text ?? "",
    count: init.count ?? 0,
    bytes: init.bytes ?? new Uint8Array(0),
  });
  const write = (writer: Writer, { text, count, bytes }: NoteInit): void => {
    if (text !== undefined && text !== "") writer.string(TEXT, text);
    if (count !== undefined && count !== 0) writer.uint32(COUNT, count);
    if (bytes !== undefined && bytes.length > 0) writer.byteString(BYTES, bytes);
  };
  const read = (reader: Reader, end: number, base?: Note): Note => {
    const note = base ?? create();
    while (reader.position < end) {
      const tag = reader.tag();
      if (tag === TEXT) note.text = reader.string();
      else if (tag === COUNT) note.count = reader.uint32();
      else if (tag === BYTES) note.bytes = reader.byteString();
      else reader.skip(tag);
    }
    reader.close(end);
    return note;
  };
  return {
    typeName,
    fingerprint: 7n,
    create,
    write,
    read,
    encode(note) {
      const writer = new CodecWriter();
      write(writer, note);
      return writer.finish();
    },
    decode: (bytes) => read(new CodecReader(bytes), bytes.length),
    ...(validate && { validate }),
  };
}

export const Note: MessageType<Note, NoteInit> = messageType("notes.v1.Note");

/** A note whose text must not be longer than eight characters. */
export const ShortNote: MessageType<Note, NoteInit> = messageType(
  "notes.v1.ShortNote",
  ({ text }) =>
    (text ?? "").length > 8
      ? [{ field: "text", rule: "max_length", text: "has more than 8 code points" }]
      : [],
);

export const NoteMissing: MessageType<Note, NoteInit> = messageType("notes.v1.NoteMissing");
export const NoteMissingError: ErrorType<Note, NoteInit> = error({
  message: NoteMissing,
  code: "NOT_FOUND",
  retryable: false,
});

export interface NoteServiceClient {
  get(request: NoteInit, options?: CallOptions): Promise<Note>;
  getTwice(request: NoteInit, options?: CallOptions): Promise<Note>;
  short(request: NoteInit, options?: CallOptions): Promise<Note>;
  watch(request: NoteInit, options?: CallOptions): AsyncIterable<Note>;
  watchTwice(request: NoteInit, options?: CallOptions): AsyncIterable<Note>;
  put(requests: MessageSource<NoteInit>, options?: CallOptions): Promise<Note>;
  chat(requests: MessageSource<NoteInit>, options?: CallOptions): AsyncIterable<Note>;
}

type Maybe<T> = T | Promise<T>;
export interface NoteServiceHandler {
  get?(request: Note, context: HandlerContext): Maybe<NoteInit>;
  getTwice?(request: Note, context: HandlerContext): Maybe<NoteInit>;
  short?(request: Note, context: HandlerContext): Maybe<NoteInit>;
  watch?(request: Note, context: HandlerContext): MessageSource<NoteInit>;
  watchTwice?(request: Note, context: HandlerContext): MessageSource<NoteInit>;
  put?(requests: AsyncIterable<Note>, context: HandlerContext): Maybe<NoteInit>;
  chat?(requests: AsyncIterable<Note>, context: HandlerContext): MessageSource<NoteInit>;
}

const both = { request: Note, response: Note };

export const NoteService: ServiceDescriptor<NoteServiceClient, NoteServiceHandler> = {
  typeName: "notes.v1.NoteService",
  methods: {
    get: { name: "Get", shape: "unary", ...both, errors: [NoteMissingError] },
    getTwice: { name: "GetTwice", shape: "unary", ...both, idempotent: true, timeoutMs: 2_000 },
    short: { name: "Short", shape: "unary", request: ShortNote, response: Note },
    watch: { name: "Watch", shape: "server_stream", ...both },
    watchTwice: { name: "WatchTwice", shape: "server_stream", ...both, idempotent: true },
    put: { name: "Put", shape: "client_stream", ...both },
    chat: { name: "Chat", shape: "bidi", ...both },
  },
};

export const NoteTopic: TopicDescriptor<Note, NoteInit, { text: string; count: number }> = topic({
  message: Note,
  tokens: ["notes", { field: "text", kind: "string" }, { field: "count", kind: "integer" }],
  qos: 0,
  retained: false,
});

export const KeptNoteTopic: TopicDescriptor<Note, NoteInit, { text: string }> = topic({
  message: Note,
  tokens: ["kept", { field: "text", kind: "string" }],
  qos: 0,
  retained: true,
  orderingKey: "text",
});

export const CertainNoteTopic: TopicDescriptor<Note, NoteInit> = topic({
  message: Note,
  tokens: ["certain"],
  qos: 1,
  retained: false,
});

export const FixedKeptNoteTopic: TopicDescriptor<Note, NoteInit> = topic({
  message: Note,
  tokens: ["fixed"],
  qos: 0,
  retained: true,
});

export const KeptCertainNoteTopic: TopicDescriptor<Note, NoteInit, { text: string }> = topic({
  message: Note,
  tokens: ["kept", "certain", { field: "text", kind: "string" }],
  qos: 1,
  retained: true,
});

export const CertainNotesTopic: TopicDescriptor<Note, NoteInit, { text: string }> = topic({
  message: Note,
  tokens: ["many", { field: "text", kind: "string" }],
  qos: 1,
  retained: false,
});

export const TwiceNoteTopic: TopicDescriptor<Note, NoteInit> = topic({
  message: Note,
  tokens: ["twice"],
  qos: 2,
  retained: false,
});

export const ShortNoteTopic: TopicDescriptor<Note, NoteInit> = topic({
  message: ShortNote,
  tokens: ["short"],
  qos: 0,
  retained: false,
});
