import fc from "fast-check";
import t from "tap";
import { listCounts } from "../../src/kernels/list-counts.js";
import { aRandom } from "../fixtures/frames.js";
import { aKernelMemory } from "../fixtures/kernel-memory.js";

const TYPES = [Uint8Array, Uint16Array, Uint32Array] as const;

/** A frame by both; the word after the room must stay as it is. */
function listed(type: number, pixels: Uint8Array | Uint16Array | Uint32Array, kept: Uint8Array, high: number, room: number) {
  const plain = new Uint32Array(room);
  const n = listCounts(pixels, kept, high, plain);
  const memory = aKernelMemory(2 ** 20);
  const out = memory.put(new Uint32Array(room + 1).fill(7));
  const m = memory.run.listCounts(type, memory.put(pixels), memory.put(kept), kept.length, high, out, room);
  const words = memory.words(out, room + 1);
  return { n, m, plain: plain.slice(0, Math.max(0, n)), wasm: words.slice(0, Math.max(0, m)), behind: words[room] };
}

t.test("lists the same counts as the plain kernel and never writes beyond its room", async (t) => {
  fc.assert(
    fc.property(
      fc.record({ type: fc.nat(2), count: fc.nat(300), seed: fc.integer(), density: fc.constantFrom(0, 0.01, 0.2, 1), room: fc.nat(400) }),
      ({ type, count, seed, density, room }) => {
        const random = aRandom(seed);
        const most = [255, 2000, 5000][type] as number;
        const value = (): number => (random() < density ? Math.floor(random() ** 4 * (most + 1)) : 0);
        const pixels = (TYPES[type] as typeof Uint32Array).from({ length: count }, value);
        const kept = Uint8Array.from({ length: count }, () => (random() < 0.9 ? 1 + Math.floor(random() * 255) : 0));
        const r = listed(type, pixels, kept, random() < 0.5 ? most : 100, room);
        t.equal(r.m, r.n);
        t.same(r.wasm, r.plain);
        t.equal(r.behind, 7);
      },
    ),
    { numRuns: 300 },
  );
});

t.test("largest values, and types without counts", async (t) => {
  const all = new Uint8Array(40).fill(1);
  const wide = new Uint32Array(40);
  wide[37] = 2 ** 32 - 1;
  wide[3] = 128;
  const r = listed(2, wide, all, 2 ** 31, 10);
  t.same([r.n, r.m], [2, 2]);
  t.same([...r.wasm], [((127 << 25) | 3) >>> 0, (1 << 25) | 3]);
  t.same([...r.plain], [...r.wasm]);
  t.equal(listed(2, wide, all, 2 ** 32 - 1, 10).m, -1);
  const memory = aKernelMemory(2 ** 20);
  const at = memory.put(new Uint8Array(4096));
  for (const type of [3, 4, 5, 9]) t.equal(memory.run.listCounts(type, at, at, 8, 255, at, 8), -1);
  t.equal(memory.run.listCounts(0, at, at, 2 ** 25 + 1, 255, at, 8), -1);
});

t.test("what is no count is refused", async (t) => {
  const all = new Uint8Array(3).fill(1);
  const out = new Uint32Array(8);
  t.equal(listCounts([0, 1.5, 0], all, 255, out), -1);
  t.equal(listCounts([0, -1, 3], all, 255, out), 1, "no data");
  t.equal(listCounts([0, Number.NaN, 0], all, 255, out), -1);
  t.equal(listCounts([300, 0, 2], all, 300, out), 4);
});
