/**
 * What a cursor gives a reader next, one event at a time: what it asked to see again, what comes again since it was not settled,
 * what waited for its key, retained values, and then what is new. Holes are told before the event that follows them.
 */
import { GapReason } from "@nexus-bridge/protocol";
import type { Stored } from "@nexus-bridge/router-stores";
import { type EventMessage, ttlLeft } from "../topics/event.ts";
import type { Cursor } from "./cursor.ts";
import { Delivery } from "./delivery.ts";
import { isFree, type KeyLine, type KeyLines, keyIn, ownerOf } from "./key-lines.ts";
import type { Place } from "./place.ts";
import type { Reader } from "./reader.ts";

/** Topics looked at for one event; then others have their turn. */
const LOOKED_AT_MAX = 64;
/** Places with something to read beyond which a walk goes no further for now. */
const READY_PLACES_MAX = 64;

/** Gives `reader` at most one event; false when there is none for it. */
export function give(cursor: Cursor, reader: Reader): boolean {
  if (!reader.hasRoom) return false;
  if (cursor.places.hasLost) {
    const { topic, count } = cursor.places.takeLost();
    reader.sayGap(topic, { epoch: 0, from: 0, to: 0, count, reason: GapReason.SLOW });
  }
  return (
    giveReplay(cursor, reader) ||
    giveAgain(cursor, reader) ||
    giveKeyed(cursor, reader) ||
    giveFirst(cursor, reader) ||
    giveNext(cursor, reader)
  );
}

function giveReplay({ host }: Cursor, reader: Reader): boolean {
  const step = reader.replays?.step(host.now());
  if (step === undefined) {
    reader.replays = undefined;
    return false;
  }
  if (step.kind === "hole") reader.sayGap(step.topic, step.hole);
  else reader.sendOnce(step.stored, false, 0);
  return true;
}

function giveAgain(cursor: Cursor, reader: Reader): boolean {
  for (;;) {
    const delivery = cursor.due.shift();
    if (delivery === undefined) return false;
    if (sendKnown(cursor, reader, delivery)) return true;
  }
}

function giveKeyed(cursor: Cursor, reader: Reader): boolean {
  const { keys } = cursor;
  if (keys === undefined) return false;
  for (;;) {
    const isFull = cursor.unsettled >= cursor.capacity;
    const line = reader.keysAgain.shift() ?? (isFull ? undefined : reader.keys.shift());
    if (line === undefined) return false;
    const isNew = line.again === undefined;
    if (ownerOf(line.hash, cursor.readers) !== reader) continue;
    const delivery = keys.take(line);
    if (delivery === undefined) continue;
    if (isNew) cursor.unsettled++;
    if (sendKnown(cursor, reader, delivery)) return true;
  }
}

/** Sends a delivery that exists; false where its message is gone, which is told and settles it. */
function sendKnown(cursor: Cursor, reader: Reader, delivery: Delivery): boolean {
  const { stored, sequence, log, isRetained } = delivery;
  if (stored === undefined || isLate(cursor, stored)) {
    // A retained value that another one took the place of is no loss.
    if (!isRetained) {
      const hole = { epoch: log.epoch, from: sequence, to: sequence, count: 1 };
      reader.sayGap(log.topic, { ...hole, reason: GapReason.RETENTION });
    }
    cursor.settle(delivery);
    return false;
  }
  if (reader.acknowledges(stored.message)) {
    reader.send(delivery, stored);
  } else {
    reader.sendOnce(stored, isRetained);
    cursor.settle(delivery);
  }
  return true;
}

const isLate = ({ host }: Cursor, stored: Stored<EventMessage>): boolean =>
  ttlLeft(stored.message, host.now()) <= 0;

/** Retained values, and places in topics that are started in. */
function giveFirst(cursor: Cursor, reader: Reader): boolean {
  const { walk, places, host } = cursor;
  if (walk === undefined || walk.isResting) return false;
  for (let looked = 0; looked < LOOKED_AT_MAX; looked++) {
    if (places.readyCount >= READY_PLACES_MAX) return false;
    const step = walk.step();
    if (step === undefined) {
      cursor.walk = undefined;
      return false;
    }
    if (step === "far") {
      host.later(cursor);
      return false;
    }
    const { log, begin, retained } = step;
    if (begin !== undefined && begin < log.next) places.begin(log, begin, host.now());
    if (retained === undefined || isLate(cursor, retained)) continue;
    if (!reader.acknowledges(retained.message)) {
      reader.sendOnce(retained, true);
      return true;
    }
    const place = places.begin(log, log.next, host.now());
    if (place === undefined) continue;
    openDelivery(cursor, reader, new Delivery(cursor, place, retained.sequence, true), retained);
    return true;
  }
  // There is more of it, and it is still this reader's turn.
  return true;
}

function giveNext(cursor: Cursor, reader: Reader): boolean {
  const { places } = cursor;
  for (let looked = 0; looked < LOOKED_AT_MAX; looked++) {
    const place = places.first;
    if (place === undefined) return false;
    if (cursor.policy === "disconnect" && place.next < place.log.first) {
      place.lose(place.next, place.log.first - 1, GapReason.SLOW);
      place.next = place.log.first;
      cursor.host.tooSlow(reader);
      return false;
    }
    const stored = read(cursor, place, reader);
    if (stored === undefined) {
      sayHole(place, reader);
      places.pass();
      continue;
    }
    const keyed = cursor.keys === undefined ? undefined : keyIn(stored.message);
    if (keyed !== undefined) {
      const line = (cursor.keys as KeyLines).line(keyed.text, keyed.hash);
      const gave = giveToKey(cursor, reader, place, stored, line);
      if (gave === "later") continue;
      return gave === "given";
    }
    if (isFull(cursor, reader, stored)) return false;
    giveNew(cursor, reader, place, stored, undefined);
    return true;
  }
  return true;
}

/** A message with a key goes to the member that has it, when nothing of the key is before it. */
function giveToKey(
  cursor: Cursor,
  reader: Reader,
  place: Place,
  stored: Stored<EventMessage>,
  line: KeyLine,
): "given" | "later" | "stuck" {
  const keys = cursor.keys as KeyLines;
  if (isFree(line) && ownerOf(line.hash, cursor.readers) === reader) {
    if (isFull(cursor, reader, stored)) {
      keys.drop(line);
      return "stuck";
    }
    giveNew(cursor, reader, place, stored, line);
    return "given";
  }
  if (!keys.hasRoom) {
    keys.drop(line);
    return "stuck";
  }
  const delivery = new Delivery(cursor, place, stored.sequence);
  delivery.line = line;
  sayHole(place, reader);
  place.open(delivery);
  advance(cursor, place);
  if (keys.park(line, delivery)) cursor.offer(line);
  return "later";
}

/** Whether the cursor has as much unsettled as its readers together may. */
function isFull(cursor: Cursor, reader: Reader, stored: Stored<EventMessage>): boolean {
  return reader.acknowledges(stored.message) && cursor.unsettled >= cursor.capacity;
}

/** Gives the message that `place` is at, and goes on there. */
function giveNew(
  cursor: Cursor,
  reader: Reader,
  place: Place,
  stored: Stored<EventMessage>,
  line: KeyLine | undefined,
): void {
  sayHole(place, reader);
  if (!reader.acknowledges(stored.message)) {
    if (line !== undefined) cursor.keys?.drop(line);
    reader.sendOnce(stored, false);
    advance(cursor, place);
    return;
  }
  const delivery = new Delivery(cursor, place, stored.sequence);
  if (line !== undefined) {
    delivery.line = line;
    line.current = delivery;
  }
  openDelivery(cursor, reader, delivery, stored);
  advance(cursor, place);
}

function openDelivery(
  cursor: Cursor,
  reader: Reader,
  delivery: Delivery,
  stored: Stored<EventMessage>,
): void {
  cursor.unsettled++;
  delivery.place.open(delivery);
  reader.send(delivery, stored);
}

/** The message that the first place is at is on its way: the topic goes behind the others. */
function advance({ places }: Cursor, place: Place): void {
  place.next++;
  place.raise();
  places.pass();
}

/** The next message of `place` that can be sent; what cannot be is added to its hole. */
function read(cursor: Cursor, place: Place, reader: Reader): Stored<EventMessage> | undefined {
  const { log } = place;
  while (place.next < log.next) {
    if (place.next < log.first) {
      skip(place, log.first, GapReason.SLOW, reader);
      continue;
    }
    if (cursor.policy === "latest" && place.next < log.next - 1) {
      skip(place, log.next - 1, GapReason.SLOW, reader);
    }
    const stored = log.at(place.next);
    if (stored !== undefined && !isLate(cursor, stored)) return stored;
    skip(place, place.next + 1, GapReason.RETENTION, reader);
  }
  return undefined;
}

function skip(place: Place, to: number, reason: number, reader: Reader): void {
  if (!place.joins(place.next, reason)) sayHole(place, reader);
  place.lose(place.next, to - 1, reason);
  place.next = to;
  place.raise();
}

function sayHole(place: Place, reader: Reader): void {
  const hole = place.takeHole();
  if (hole !== undefined) reader.sayGap(place.log.topic, hole);
}
