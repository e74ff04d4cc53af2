import t from "tap";
import { Arena } from "../../src/components/arena.js";

t.test("arrays are used again, but none of those that are taken", async (t) => {
  const arena = new Arena((n) => new Float32Array(n), 3);
  const taken = Array.from({ length: 300 }, () => arena.take());
  t.equal(new Set(taken).size, 300);
  t.ok(taken.every((a) => a.length === 3));
  arena.clear();
  const again = Array.from({ length: 300 }, () => arena.take());
  t.equal(new Set(again).size, 300);
  const kept = again.filter((a) => taken.includes(a));
  t.equal(kept.length, 256, "no more are kept");
});
