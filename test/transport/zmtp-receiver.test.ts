import type { Socket } from "node:net";
import t from "tap";
import { Publisher, Pull, Push, Reply, XPublisher } from "zeromq";
import { aWindow, bytesOf, commandOf, greetingOf, messageOf, readyOf } from "../fixtures/zmtp.js";
import { aReceiver, aSendingProcess, aServer, aYear2013, come, pause, portOf } from "./receiver-stand.js";

t.test("a PUSH of libzmq: parts as they are, empty, short, long; both minor versions", async (t) => {
  const push = new Push({ linger: 0 });
  await push.bind("tcp://127.0.0.1:*");
  const port = portOf(push.lastEndpoint);
  const proxy = await aYear2013(port);
  for (const to of [port, proxy.port]) {
    const kept = aReceiver({ port: to });
    const wanted = [["a"], ["", "b", ""], ["c".repeat(255), "d".repeat(256)], ["e".repeat(200_000)]];
    for (const m of wanted) await push.send(m);
    await come(() => kept.messages.length >= wanted.length);
    t.same(kept.messages, wanted);
    t.same(kept.states, ["connected"]);
    t.equal(kept.receiver.state(), "connected");
    const gone = new Promise((done) => push.events.on("disconnect", done));
    kept.receiver.close();
    kept.receiver.close();
    // What is sent before is sent to the one that has left.
    await gone;
  }
  await proxy.close();
  push.close();
});

t.test("PUB and XPUB of libzmq, with a prefix; both minor versions", async (t) => {
  for (const pub of [new XPublisher({ linger: 0 }), new Publisher({ linger: 0 })]) {
    await pub.bind("tcp://127.0.0.1:*");
    const port = portOf(pub.lastEndpoint);
    const proxy = await aYear2013(port);
    for (const to of [port, proxy.port]) {
      const kept = aReceiver({ port: to, socket: "sub", topic: "image" });
      if (pub instanceof XPublisher) t.equal((await pub.receive())[0]?.toString("latin1"), "\x01image", "subscribed");
      // A publisher does not tell when it has heard a subscription.
      while (kept.messages.length === 0) {
        await pub.send("image");
        await pause(5);
      }
      for (const m of [["status"], ["image 1", "pixels"], ["imag"], ["image 2"]]) await pub.send(m);
      await come(() => kept.messages.at(-1)?.[0] === "image 2");
      t.same(kept.messages.slice(-2), [["image 1", "pixels"], ["image 2"]]);
      kept.receiver.close();
      if (pub instanceof XPublisher) await pub.receive();
      else await pause(20);
    }
    await proxy.close();
    pub.close();
  }
});

t.test("waits for a sender, and comes back when it was killed and started again", async (t) => {
  const free = await aServer(() => undefined);
  const { port } = free;
  await free.close();
  const kept = aReceiver({ port });
  await pause(60);
  t.same([kept.states, kept.troubles], [[], []], "nobody there is no trouble");
  let sender = await aSendingProcess(port);
  await come(() => kept.messages.length > 200);
  sender.kill("SIGKILL");
  await come(() => kept.states.length === 2);
  const before = kept.messages.length;
  sender = await aSendingProcess(port);
  await come(() => kept.messages.length > before + 200);
  t.same(kept.states, ["connected", "disconnected", "connected"]);
  const numbers = kept.messages.map(([n]) => Number(n));
  t.same(numbers.slice(0, before), [...Array(before).keys()], "all of the first in order");
  t.same(numbers.slice(before, before + 200), [...Array(200).keys()], "all of the second in order");
  t.ok(kept.messages.every(([, x]) => x === "x".repeat(3000)));
  kept.receiver.close();
  sender.kill("SIGKILL");
});

t.test("a taker that is slow makes the sender wait, and loses nothing", async (t) => {
  const push = new Push({ linger: 0, sendHighWaterMark: 5 });
  await push.bind("tcp://127.0.0.1:*");
  const { window, reader } = aWindow({ limitBytes: 1 << 19, segmentBytes: 1 << 17 });
  const ref = new Int32Array(4);
  const held: { slot: number; text: string }[] = [];
  const numbers: number[] = [];
  let refuse = 0;
  const kept = aReceiver({
    port: portOf(push.lastEndpoint),
    memory: window,
    take([first, payload]) {
      numbers.push(Number(Buffer.from(first as Uint8Array)));
      window.append(payload as Uint8Array, ref, 0);
      held.push({
        slot: ref[0] as number,
        text: Buffer.from(reader.bytes(ref[0] as number, ref[2] as number, ref[3] as number)).toString("latin1"),
      });
      // Now and then no for another reason than memory.
      return ++refuse % 97 !== 0;
    },
  });
  const N = 3000;
  const sending = (async () => {
    for (let i = 0; i < N; i++) await push.send([String(i), String.fromCharCode(97 + (i % 26)).repeat(1 + ((i * 37) % 9000))]);
  })();
  let stops = 0;
  while (numbers.length < N) {
    await come(() => kept.full || numbers.length === N);
    if (!kept.full) break;
    stops++;
    kept.full = false;
    for (const { slot, text } of held.splice(0)) {
      if (text !== (text[0] as string).repeat(text.length)) t.fail("a damaged frame");
      reader.release(slot);
    }
    if (!kept.receiver.resume()) kept.full = true;
  }
  await sending;
  t.ok(stops > 10, `${stops} stops`);
  t.same(numbers, [...Array(N).keys()]);
  t.ok(kept.receiver.resume(), "there is nothing to resume");
  kept.receiver.close();
  push.close();
});

t.test("libzmq asks whether we live, and is answered; we ask the silent", async (t) => {
  // Whoever did not answer would be left within the pause; a busy machine answers in time.
  const answerMs = 2500;
  const push = new Push({ linger: 0, heartbeatInterval: 100, heartbeatTimeout: answerMs, heartbeatTimeToLive: answerMs });
  await push.bind("tcp://127.0.0.1:*");
  const kept = aReceiver({ port: portOf(push.lastEndpoint), times: { quietMs: 40, answerMs } });
  const quiet = new Push({ linger: 0 });
  await quiet.bind("tcp://127.0.0.1:*");
  const asking = aReceiver({ port: portOf(quiet.lastEndpoint), times: { quietMs: 20, answerMs } });
  await come(() => kept.states.length > 0 && asking.states.length > 0);
  await pause(answerMs + 500);
  t.same(kept.states, ["connected"]);
  t.same(asking.states, ["connected"], "libzmq answers us");
  await push.send("still here");
  await come(() => kept.messages.length === 1);
  for (const { receiver } of [kept, asking]) receiver.close();
  for (const socket of [push, quiet]) socket.close();

  for (const [name, times, ping] of [
    ["no answer to our question", { quietMs: 20, answerMs: 40 }, Buffer.alloc(0)],
    ["silent for longer than it allowed itself", { quietMs: 40, answerMs: 60_000 }, commandOf("PING", Buffer.from([0, 1]))],
  ] as const) {
    const dead = await aServer((s) => s.write(bytesOf(greetingOf(), readyOf("PUSH"), ping)));
    const lonely = aReceiver({ port: dead.port, times });
    await come(() => lonely.states.length >= 3);
    t.same(lonely.states.slice(0, 3), ["connected", "disconnected", "connected"], name);
    t.equal(lonely.troubles[0]?.fault, "lost");
    t.match(lonely.troubles[0]?.detail, /silent for/);
    lonely.receiver.close();
    await dead.close();
  }
});

t.test("who does not fit is told of, and tried again", async (t) => {
  const { publicKey, secretKey } = (await import("zeromq")).curveKeyPair();
  const bound = async <S extends Push | Pull | Reply>(s: S): Promise<S> => {
    await s.bind("tcp://127.0.0.1:*");
    return s;
  };
  const peers = [
    { fault: "mechanism", detail: /"PLAIN", only NULL/, socket: await bound(new Push({ plainServer: true })) },
    {
      fault: "mechanism",
      detail: /"CURVE", only NULL/,
      socket: await bound(new Push({ curveServer: true, curvePublicKey: publicKey, curveSecretKey: secretKey })),
    },
    { fault: "socket-type", detail: /"PULL"/, socket: await bound(new Pull()) },
    { fault: "socket-type", detail: /"REP"/, socket: await bound(new Reply()) },
  ];
  for (const { fault, detail, socket } of peers) {
    const kept = aReceiver({ port: portOf(socket.lastEndpoint) });
    await come(() => kept.troubles.length >= 2);
    t.equal(kept.troubles[0]?.fault, fault);
    t.match(kept.troubles[0]?.detail, detail);
    t.same(kept.states, []);
    kept.receiver.close();
    socket.close();
  }
});

t.test("whatever else listens there", async (t) => {
  const cases: [string, string, (s: Socket) => void, number?][] = [
    ["a web server", "not-zmtp", (s) => s.end("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["one that leaves in the handshake", "lost", (s) => s.end(greetingOf().subarray(0, 30))],
    ["one that never says anything", "lost", () => undefined, 60],
    [
      "one that breaks after the handshake",
      "malformed",
      (s) => s.write(bytesOf(greetingOf(), readyOf("PUSH"), messageOf(Buffer.from("ok")), [0xff, 1, 2])),
    ],
  ];
  for (const [name, fault, serve, handshakeMs = 60_000] of cases) {
    const server = await aServer(serve);
    const kept = aReceiver({ port: server.port, times: { handshakeMs } });
    await come(() => kept.troubles.length >= 3);
    t.same(
      kept.troubles.map((x) => x.fault),
      Array(kept.troubles.length).fill(fault),
      name,
    );
    if (fault === "malformed") t.same(kept.messages.slice(0, 2), [["ok"], ["ok"]], "what came before it counts");
    kept.receiver.close();
    const { length } = kept.troubles;
    await pause(60);
    t.equal(kept.troubles.length, length, "closed is closed");
    await server.close();
  }
});

t.test("one that waits for our whole greeting before it says more than its signature", async (t) => {
  const server = await aServer((s) => {
    s.write(greetingOf().subarray(0, 10));
    let heard = 0;
    s.on("data", (b: Buffer) => {
      const before = heard;
      heard += b.length;
      if (before < 64 && heard >= 64) s.write(bytesOf(greetingOf().subarray(10), readyOf("PUSH"), messageOf(Buffer.from("hello"))));
    });
  });
  const kept = aReceiver({ port: server.port, times: { hearMs: 20 } });
  await come(() => kept.messages.length === 1);
  t.same([kept.states, kept.troubles], [["connected"], []]);
  kept.receiver.close();
  await server.close();
});

t.test("a peer that asks and asks and takes no answer is answered no more", async (t) => {
  const asking = bytesOf(...Array.from({ length: 2000 }, () => commandOf("PING", Buffer.alloc(18, 1))));
  let asked = 0;
  const server = await aServer((s) => {
    s.pause();
    s.write(bytesOf(greetingOf(), readyOf("PUSH")));
    const more = (): void => {
      if (asked >= 100_000) s.write(messageOf(Buffer.from("done")));
      else s.write(asking, more);
      asked += 2000;
    };
    more();
  });
  const kept = aReceiver({ port: server.port });
  await come(() => kept.messages.length === 1);
  t.same(kept.states, ["connected"]);
  kept.receiver.close();
  await server.close();
});
