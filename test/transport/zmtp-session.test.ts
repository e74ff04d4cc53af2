import fc from "fast-check";
import t from "tap";
import type { LinkFault } from "../../src/core/wire.js";
import { LinkTrouble, MAX_COMMAND, MAX_PARTS, ZmtpSession } from "../../src/transport/zmtp-session.js";
import { aWindow, bytesOf, commandOf, frameOf, greetingOf, messageOf, readyOf } from "../fixtures/zmtp.js";

const SEGMENT = 1 << 18;

/** A session on a real slab, fed by hand. */
function aSession({ socket = "pull" as "pull" | "sub", topic = "", takes = (): boolean => true } = {}) {
  const { window, slab } = aWindow({ segmentBytes: SEGMENT });
  const messages: string[][] = [];
  const sent: Buffer[] = [];
  const session = new ZmtpSession({
    socket,
    topic,
    memory: window,
    take(parts) {
      for (const p of parts) if (p.buffer !== window.bytes.buffer) throw new Error("a part outside of the memory");
      messages.push(parts.map((p) => Buffer.from(p).toString("latin1")));
      return takes();
    },
    send: (bytes) => sent.push(Buffer.from(bytes)),
  });
  session.greet();
  /** Gives bytes as the socket would; what the session says last. */
  function feed(bytes: Uint8Array, most = bytes.length): "more" | "wait" | LinkTrouble {
    let outcome: "more" | "wait" | LinkTrouble = "more";
    for (let at = 0; at < bytes.length && outcome === "more"; ) {
      const room = window.room(session.need);
      if (!room) throw new Error("no room");
      if (room.buffer !== window.bytes.buffer || room.length === 0) throw new Error("room outside of the segment");
      const piece = bytes.subarray(at, at + Math.min(most, room.length));
      room.set(piece);
      window.commit(piece.length);
      at += piece.length;
      outcome = session.advance();
    }
    return outcome;
  }
  return { session, window, slab, messages, sent, feed };
}

const body = (length: number, seed = length): Buffer => Buffer.from(Uint8Array.from({ length }, (_, i) => (7 * i + seed) & 255));
const latin = (...parts: readonly Uint8Array[]): string[] => parts.map((p) => Buffer.from(p).toString("latin1"));
const handshake = (type = "PUSH"): Buffer => bytesOf(greetingOf(), readyOf(type));

const conversation = {
  bytes: bytesOf(
    handshake(),
    messageOf(body(3)),
    commandOf("PING", bytesOf([0, 0], "hello")),
    messageOf(body(0)),
    messageOf(body(255), body(256), body(0), body(1)),
    frameOf(1, body(5)),
    commandOf("PING", Buffer.from([0, 10])),
    frameOf(0, body(6), true),
    commandOf("NEWS", body(300)),
    commandOf("PONG"),
    messageOf(body(700)),
  ),
  messages: [latin(body(3)), latin(body(0)), latin(body(255), body(256), body(0), body(1)), latin(body(5), body(6)), latin(body(700))],
  sent: [greetingOf(), readyOf("PULL"), commandOf("PONG", Buffer.from("hello")), commandOf("PONG")],
};

t.test("messages, parts and commands, cut at every byte", async (t) => {
  for (let cut = 0; cut <= conversation.bytes.length; cut++) {
    const s = aSession();
    s.feed(conversation.bytes.subarray(0, cut));
    const outcome = s.feed(conversation.bytes.subarray(cut));
    if (outcome !== "more") t.fail(`cut at ${cut}: ${JSON.stringify(outcome)}`);
    if (JSON.stringify(s.messages) !== JSON.stringify(conversation.messages)) t.same(s.messages, conversation.messages, `cut at ${cut}`);
    if (!Buffer.concat(s.sent).equals(Buffer.concat(conversation.sent))) t.same(s.sent, conversation.sent, `answers, cut at ${cut}`);
  }
  const s = aSession();
  s.feed(conversation.bytes, 1);
  t.same(s.messages, conversation.messages, "byte by byte");
  t.equal(s.session.ttlMs, 1000);
  t.equal(s.window.from, s.window.to, "nothing is left");
});

t.test("any messages in any pieces", async (t) => {
  const part = fc.integer({ min: 0, max: 3000 }).map((n) => body(n));
  const message = fc.array(part, { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 60 }), fc.integer({ min: 1, max: 100_000 }), async (messages, most) => {
      const s = aSession();
      const outcome = s.feed(bytesOf(handshake(), ...messages.map((m) => messageOf(...m))), most);
      return outcome === "more" && JSON.stringify(s.messages) === JSON.stringify(messages.map((m) => latin(...m)));
    }),
    { numRuns: 60 },
  );
  t.pass("held");
});

t.test("says what it does not take, and why", async (t) => {
  const sized = (flags: number, length: bigint): Buffer => {
    const head = Buffer.alloc(9);
    head[0] = flags | 2;
    head.writeBigUInt64BE(length, 1);
    return head;
  };
  const parts = Array.from({ length: MAX_PARTS + 1 }, () => frameOf(1, body(1)));
  const property = bytesOf([1], "A", [0, 0, 1, 0], "too short");
  const cases: [string, LinkFault, RegExp, Uint8Array][] = [
    ["another protocol", "not-zmtp", /does not speak ZMTP/, Buffer.from("HTTP/1.1 400 Bad Request\r\n")],
    ["the first byte suffices", "not-zmtp", /ZMTP/, Buffer.from([1])],
    ["a signature that ends wrong", "not-zmtp", /ZMTP/, bytesOf([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7e])],
    ["ZMTP 2.0", "old-peer", /ZMTP 2 or older/, bytesOf([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 1])],
    ["ZMTP 2.1", "old-peer", /ZMTP 2 or older/, bytesOf([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 2])],
    ["encryption", "mechanism", /"CURVE", only NULL/, greetingOf({ mechanism: "CURVE" })],
    ["a mechanism of no name", "mechanism", /mechanism ""/, greetingOf({ mechanism: "" })],
    ["another receiver", "socket-type", /"PULL", a pull socket takes PUSH/, handshake("PULL")],
    ["a publisher", "socket-type", /"XPUB"/, handshake("XPUB")],
    ["no type", "socket-type", /of no type/, bytesOf(greetingOf(), commandOf("READY"))],
    ["another property", "socket-type", /of no type/, bytesOf(greetingOf(), readyOf("PUSH", "Identity"))],
    ["a refusal", "refused", /"go away"/, bytesOf(greetingOf(), commandOf("ERROR", bytesOf([7], "go away")))],
    ["a refusal later", "refused", /""/, bytesOf(handshake(), commandOf("ERROR"))],
    ["a message too early", "malformed", /before the handshake/, bytesOf(greetingOf(), messageOf(body(3)))],
    ["another command first", "malformed", /"PING" where READY/, bytesOf(greetingOf(), commandOf("PING", body(2)))],
    ["a property that ends too late", "malformed", /properties/, bytesOf(greetingOf(), commandOf("READY", property))],
    ["a property that ends in its name", "malformed", /properties/, bytesOf(greetingOf(), commandOf("READY", bytesOf([9], "Sock")))],
    ["a property without a name", "malformed", /properties/, bytesOf(greetingOf(), commandOf("READY", Buffer.alloc(9)))],
    ["a command without a name", "malformed", /without a name/, bytesOf(handshake(), frameOf(4, body(0)))],
    ["a command whose name ends too late", "malformed", /without a name/, bytesOf(handshake(), frameOf(4, Buffer.from([9, 65])))],
    ["a command in parts", "malformed", /several parts/, bytesOf(handshake(), frameOf(5, body(3)))],
    ["reserved flags", "malformed", /reserved flags \(0x81\)/, bytesOf(handshake(), frameOf(0x81, body(3)))],
    ["a PING without time to live", "malformed", /PING with 1 bytes/, bytesOf(handshake(), commandOf("PING", body(1)))],
    ["a PING with a long context", "malformed", /PING with 19 bytes/, bytesOf(handshake(), commandOf("PING", body(19)))],
    ["a huge message", "too-large", /message of/, bytesOf(handshake(), sized(0, 512n * 1024n * 1024n + 1n))],
    ["the hugest message", "too-large", /message of/, bytesOf(handshake(), sized(0, 2n ** 64n - 1n))],
    [
      "parts that are huge together",
      "too-large",
      /message of/,
      bytesOf(handshake(), messageOf(body(9)).fill(1, 0, 1), sized(0, 512n * 1024n * 1024n)),
    ],
    ["a huge command", "too-large", /command of/, bytesOf(handshake(), sized(4, BigInt(MAX_COMMAND + 1)))],
    ["too many parts", "too-large", /more than 1024 parts/, bytesOf(handshake(), ...parts)],
  ];
  for (const [name, fault, detail, bytes] of cases) {
    const s = aSession();
    const outcome = s.feed(bytes);
    t.ok(outcome instanceof LinkTrouble && outcome.fault === fault && detail.test(outcome.detail), `${name}: ${JSON.stringify(outcome)}`);
    t.same(s.messages, [], "no message");
  }
});

t.test("what is announced takes no memory, what comes does", async (t) => {
  const s = aSession();
  const head = Buffer.alloc(9);
  head[0] = 2;
  head.writeBigUInt64BE(400n * 1024n * 1024n, 1);
  t.equal(s.feed(bytesOf(handshake(), head, body(1000))), "more");
  s.window.room(s.session.need);
  t.ok(s.slab.size <= 2 * SEGMENT, `${s.slab.size} bytes for 1000`);
  const large = body(3 * SEGMENT);
  const other = aSession();
  t.equal(other.feed(bytesOf(handshake(), messageOf(large), messageOf(body(4)))), "more");
  t.same(other.messages, [latin(large), latin(body(4))], "a message larger than a segment");
});

t.test("a taker without room stops it between two messages", async (t) => {
  let left = 2;
  const s = aSession({ takes: () => --left > 0 });
  t.equal(s.feed(bytesOf(handshake(), ...[1, 2, 3, 4].map((n) => messageOf(body(n))))), "wait");
  t.equal(s.messages.length, 2, "that one was handed over");
  left = 100;
  t.equal(s.session.advance(), "more");
  t.same(
    s.messages,
    [1, 2, 3, 4].map((n) => latin(body(n))),
  );
});

t.test("subscribes in the words of the peer, and takes only what it subscribed to", async (t) => {
  for (const [minor, words] of [
    [0, frameOf(0, bytesOf([1], "ab"))],
    [1, commandOf("SUBSCRIBE", Buffer.from("ab"))],
  ] as const) {
    const s = aSession({ socket: "sub", topic: "ab" });
    s.feed(bytesOf(greetingOf({ minor }), readyOf("XPUB")));
    t.same(Buffer.concat(s.sent), bytesOf(greetingOf(), readyOf("SUB"), words), `3.${minor}`);
    t.equal(s.session.answersPing, minor === 1);
    s.feed(bytesOf(...["abc", "b", "a", "", "ab", "ba"].map((m) => messageOf(Buffer.from(m), body(2)))));
    t.same(
      s.messages.map(([first]) => first),
      ["abc", "ab"],
    );
  }
  const topic = "t".repeat(300);
  const long = aSession({ socket: "sub", topic });
  long.feed(handshake("PUB"));
  t.same(long.sent.at(-1), commandOf("SUBSCRIBE", Buffer.from(topic)));
  const later = aSession({ socket: "sub" });
  later.feed(bytesOf(greetingOf({ major: 4, minor: 0 }), readyOf("PUB")));
  t.equal(later.session.answersPing, true, "a version to come speaks ours");
  t.same(later.sent.at(-1), commandOf("SUBSCRIBE"));
});

t.test("hears before it says who it is, unless told to hurry", async (t) => {
  const slow = aSession();
  t.same(Buffer.concat(slow.sent), greetingOf().subarray(0, 12));
  slow.feed(greetingOf());
  t.same(Buffer.concat(slow.sent), greetingOf());
  slow.feed(readyOf("PUSH"));
  t.same(Buffer.concat(slow.sent), bytesOf(greetingOf(), readyOf("PULL")));
  const fast = aSession();
  fast.session.hurry();
  fast.session.hurry();
  fast.feed(handshake());
  t.same(Buffer.concat(fast.sent), bytesOf(greetingOf(), readyOf("PULL")), "everything once");
});

t.test("damaged bytes: no crash, no hang, nothing outside of the memory", async (t) => {
  const random = fc.uint8Array({ maxLength: 3000 });
  const damaged = fc
    .record({
      cut: fc.integer({ min: 0, max: conversation.bytes.length }),
      flips: fc.array(fc.tuple(fc.nat(conversation.bytes.length - 1), fc.integer({ min: 1, max: 255 })), { maxLength: 6 }),
      tail: random,
    })
    .map(({ cut, flips, tail }) => {
      const bytes = Buffer.from(conversation.bytes);
      for (const [at, mask] of flips) bytes[at] = (bytes[at] as number) ^ mask;
      return bytesOf(bytes.subarray(0, cut), tail);
    });
  const afterHandshake = random.map((bytes) => bytesOf(handshake(), bytes));
  await fc.assert(
    fc.asyncProperty(fc.oneof(random, damaged, afterHandshake), fc.integer({ min: 1, max: 4000 }), async (bytes, most) => {
      const s = aSession();
      const outcome = s.feed(bytes, most);
      const { from, to } = s.window;
      return (
        (outcome === "more" || outcome instanceof LinkTrouble) &&
        0 <= from &&
        from <= to &&
        to <= s.window.bytes.length &&
        s.slab.size <= 2 * SEGMENT
      );
    }),
    { numRuns: 3000 },
  );
  t.pass("held");
});
