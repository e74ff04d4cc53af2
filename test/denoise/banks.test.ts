import t from "tap";
import { Denoiser } from "../../src/denoise/denoiser.js";
import type { BlindBank } from "../../src/denoise/row-estimate.js";
import { twoGrains } from "../fixtures/two-grains.js";
import { positions, setupOf } from "./denoise-grains.js";

t.test("banks end with the pattern, and blind ones do not depend on the own frame", async (t) => {
  const s = twoGrains(300, 41);
  const pixels = s.side * s.side;
  const used = new Uint8Array(pixels).fill(1).fill(0, 77, 78);
  for (const plain of [false, true]) {
    const denoiser = new Denoiser(setupOf(s, plain));
    const at = (row: number, column: number): Uint8Array[] => [s.frames[row]?.[column] as Uint8Array];
    t.equal(denoiser.bankAt(at, s.rows, 5, 5, 254), null, "nothing is known yet");
    denoiser.setUsed(used);
    t.same(denoiser.used, used);
    const judged: number[] = [];
    for (let row = 0; row < s.rows; row++) {
      denoiser.takeRow(row, (column) => at(row, column), 254);
      for (const { planes, counts, mean, frames } of denoiser.judged()) {
        judged.push(row);
        const own = (s.frames[row - 2] as Uint8Array[]).map((f) => f.map((v, p) => v * (used[p] as number)));
        t.ok(
          own.some((f) => f.every((v, p) => v === counts[p])),
          "counts of a frame of the row before the last two",
        );
        t.ok(Math.abs(mean / (300 / pixels) - 1) < 0.1 && frames >= 1 && planes.every(Number.isFinite));
      }
    }
    t.same([...new Set(judged)], [10, 11], "not the rows that come before much is known");
    denoiser.finish();
    const bank = denoiser.bankAt(at, s.rows, 6, 5, 254);
    const [planes, frames] = [bank?.planes.slice() as Float32Array, bank?.frames];
    const pattern = denoiser.pattern(at, s.rows, 6, 5, 254) as Float32Array;
    t.same(
      planes.slice(12 * pixels).filter((_, p) => p !== 77),
      pattern.filter((_, p) => p !== 77),
    );
    t.equal(frames, denoiser.weighAt(at, s.rows, 6, 5, 254));
    // How much of the noise of the own frame is in the averages of the first window.
    const shareOf = (ask: typeof denoiser.bankAt): number => {
      let [shared, all] = [0, 0];
      for (const [row, column] of positions(s)) {
        const [truth, own] = [s.expected(row, column), s.frames[row]?.[column] as Uint8Array];
        const found = ask.call(denoiser, at, s.rows, row, column, 254)?.planes as Float32Array;
        for (let p = 0; p < pixels; p++) {
          const noise = (own[p] as number) - (truth[p] as number);
          shared += noise * ((found[p] as number) - (truth[p] as number));
          all += noise * noise;
        }
      }
      return shared / all;
    };
    const [seen, blind] = [shareOf(denoiser.bankAt), shareOf(denoiser.blindAt)];
    t.ok(seen > 0.1 && Math.abs(blind) < 0.1 * seen, `${seen}, ${blind}`);
    const { frames: others } = denoiser.blindAt(at, s.rows, 6, 5, 254) as BlindBank;
    t.ok(others >= 1 && others < 24.001);
    t.equal(
      denoiser.blindAt((r, c) => (r === 6 && c === 5 ? at(r, c) : []), s.rows, 6, 5, 254),
      null,
      "it has no neighbours",
    );
  }
});
