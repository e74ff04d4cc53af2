import t from "tap";
import { type BurstSummary, createBurst } from "../../src/telemetry/burst.js";

function aBurst(options: { quiet?: number; longest?: number } = {}) {
  let now = 0;
  const firsts: string[] = [];
  const summaries: BurstSummary[] = [];
  const burst = createBurst({
    now: () => now,
    first: (code, detail) => firsts.push(`${code}: ${detail}`),
    summary: (s) => summaries.push(s),
    ...options,
  });
  const at = (ms: number): void => {
    now = ms;
  };
  return { burst, firsts, summaries, at };
}

t.test("tells the first at once and the others in one summary after the quiet time", async (t) => {
  const { burst, firsts, summaries, at } = aBurst();
  for (let i = 0; i <= 37; i++) {
    at(i * 100);
    burst.hit("corrupt", `image ${i}`);
  }
  t.same(firsts, ["corrupt: image 0"]);
  at(3_700 + 4_999);
  burst.tick();
  t.same(summaries, [], "the burst may still go on");
  at(3_700 + 5_000);
  burst.tick();
  t.same(summaries, [{ code: "corrupt", more: 37, within: 3_700, last: "image 37" }]);
  burst.tick();
  t.equal(summaries.length, 1, "told once");
});

t.test("a single occurrence has no summary", async (t) => {
  const { burst, firsts, summaries, at } = aBurst();
  burst.hit("corrupt", "one");
  at(10_000);
  burst.tick();
  t.same([firsts.length, summaries.length], [1, 0]);
});

t.test("the next burst starts again, also without a tick between", async (t) => {
  const { burst, firsts, summaries, at } = aBurst({ quiet: 100 });
  burst.hit("a", "1");
  burst.hit("a", "2");
  at(100);
  burst.hit("a", "3");
  t.same(firsts, ["a: 1", "a: 3"]);
  t.same(
    summaries.map((s) => s.more),
    [1],
  );
});

t.test("codes do not mix", async (t) => {
  const { burst, firsts } = aBurst();
  burst.hit("a", "1");
  burst.hit("b", "1");
  t.same(firsts, ["a: 1", "b: 1"]);
});

t.test("a burst without end is summarised from time to time", async (t) => {
  const { burst, summaries, at } = aBurst({ quiet: 100, longest: 1_000 });
  for (let ms = 0; ms <= 2_000; ms += 50) {
    at(ms);
    burst.hit("a", String(ms));
    burst.tick();
  }
  t.same(
    summaries.map((s) => [s.more, s.within]),
    [
      [20, 1_000],
      [20, 1_000],
    ],
  );
});

t.test("flush tells what is open", async (t) => {
  const { burst, summaries } = aBurst();
  burst.hit("a", "1");
  burst.hit("a", "2");
  burst.flush();
  burst.flush();
  t.same(summaries, [{ code: "a", more: 1, within: 0, last: "2" }]);
});

t.test("codes that carry data do not fill the memory", async (t) => {
  const { burst, firsts, summaries } = aBurst();
  for (let i = 0; i < 300; i++) burst.hit(`code ${i}`, "");
  burst.flush();
  t.equal(firsts.length, 257, "256 codes, and the first of the others");
  t.same(
    summaries.map((s) => [s.code, s.more]),
    [["others", 43]],
  );
});
