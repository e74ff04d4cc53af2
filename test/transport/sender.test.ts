import t from "tap";
import { openSender, type SenderOptions } from "../../src/transport/sender.js";
import { takeMessages } from "../fixtures/take-messages.js";

const open = (o: Partial<SenderOptions> = {}) =>
  openSender({ endpoint: "tcp://127.0.0.1:*", socket: "push", bind: true, highWaterMark: 10, ...o });
const text = (s: string): Uint8Array => new TextEncoder().encode(s);
const come = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
};

t.test("push: nothing goes out before somebody is there; then everything does, in order, parts as they are", async (t) => {
  const sender = await open();
  t.match(sender.endpoint, /^tcp:\/\/127\.0\.0\.1:\d+$/);
  t.equal(sender.connected(), false);
  t.equal(sender.trySend([text("lost")]), false);
  const waiting = sender.send([text("first"), new Uint8Array(0), new Uint8Array(1000).fill(7)]);
  const taker = await takeMessages({ endpoint: sender.endpoint });
  await waiting;
  t.equal(sender.connected(), true);
  // a view into something larger, and a Buffer
  t.equal(sender.trySend([text("xsecondx").subarray(1, 7), Buffer.from("part")]), true);
  const messages = await taker.until(2);
  t.same(
    messages.map((parts) => parts.map((p) => Buffer.from(p).toString("latin1"))),
    [
      ["first", "", "\x07".repeat(1000)],
      ["second", "part"],
    ],
  );
  t.equal(sender.refused(), 0);
  await sender.close();
  await sender.close();
  await taker.close();
  t.equal(sender.trySend([text("late")]), false);
  await t.rejects(sender.send([text("late")]), { code: "bad-endpoint" });
});

t.test("push: connects as well; what is queued leaves after the close", async (t) => {
  const taker = await takeMessages();
  const sender = await open({ endpoint: taker.endpoint, bind: false, highWaterMark: 1000 });
  t.equal(sender.endpoint, taker.endpoint);
  for (let i = 0; i < 500; i++) await sender.send([new Uint8Array(2000).fill(i & 255)]);
  await sender.close();
  const messages = await taker.until(500);
  t.ok(messages.every(([part], i) => part?.length === 2000 && part.every((b) => b === (i & 255))));
  await taker.close();
});

t.test("pub: knows its subscribers; what a slow one cannot take is refused, and waited for by send", async (t) => {
  const sender = await open({ socket: "pub", highWaterMark: 5 });
  t.equal(sender.connected(), false);
  const taker = await takeMessages({ endpoint: sender.endpoint, socket: "sub" });
  await come(sender.connected);
  const big = new Uint8Array(1 << 20);
  let tried = 0;
  while (sender.refused() === 0 && tried < 5000) {
    for (let i = 0; i < 50; i++, tried++) sender.trySend([big]);
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.ok(sender.refused() > 0 && sender.refused() < tried, `${sender.refused()} of ${tried}`);
  const before = sender.refused();
  for (let i = 0; i < 20; i++) await sender.send([big]);
  t.equal(sender.refused(), before);
  await taker.until(tried - before + 20);
  t.equal(taker.messages.length, tried - before + 20);
  await taker.close();
  await come(() => !sender.connected());
  await sender.close();
});

t.test("an address that is taken, or none", async (t) => {
  const sender = await open();
  await t.rejects(open({ endpoint: sender.endpoint }), { code: "port-taken", message: /in use/ });
  await t.rejects(open({ endpoint: "tcp//nonsense" }), { code: "bad-endpoint" });
  await t.rejects(open({ endpoint: "nonsense", bind: false }), { code: "bad-endpoint" });
  await sender.close();
});
