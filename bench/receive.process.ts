// The sending process of `bench receive`: messages of one size, as fast as the socket takes them, until it is killed.
import { openSender } from "../src/transport/sender.js";

const BURST = 64;

const sender = await openSender({ endpoint: "tcp://127.0.0.1:*", socket: "push", bind: true, highWaterMark: 2000 });
console.log(sender.endpoint);
const message = [new Uint8Array(Number(process.argv[2])).fill(7)];
for (;;) {
  for (let i = 0; i < BURST && sender.trySend(message); i++);
  await new Promise((done) => setImmediate(done));
}
