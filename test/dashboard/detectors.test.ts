import t from "tap";
import { readDetectors } from "../../dashboard/lib/read-detectors.js";
import { AS_SENT, sentArea } from "../../dashboard/lib/sent-area.js";
import { orientation } from "../../src/line/mount.js";

t.test("detectors are read with what is missing left out", async (t) => {
  t.same(readDetectors(null), []);
  t.same(
    readDetectors({
      virtual_detectors: [
        { id: "virtual_1", name: "220", inner: 3, outer: 5 },
        { id: "virtual_2", name: "two", inner: 3, outer: 5, from: 0, to: 1, fold: 2 },
        { id: "virtual_3", name: "like", component: 4 },
        { id: "virtual_4", name: "y", moment: [1, 0] },
        { name: "without id" },
        7,
      ],
    }),
    [
      { id: "virtual_1", name: "220", area: { inner: 3, outer: 5, sector: null }, component: null, moment: null },
      { id: "virtual_2", name: "two", area: { inner: 3, outer: 5, sector: { from: 0, to: 1, fold: 2 } }, component: null, moment: null },
      { id: "virtual_3", name: "like", area: null, component: 4, moment: null },
      { id: "virtual_4", name: "y", area: null, component: null, moment: [1, 0] },
    ],
  );
});

t.test("a sector is drawn where its pixels are on the pattern as sent", async (t) => {
  const area = { inner: 1, outer: 2, sector: { from: 0.2, to: 0.9, fold: 1 } };
  t.same(sentArea(area, AS_SENT), area);
  t.same(sentArea({ ...area, sector: null }, { ...AS_SENT, transpose: true }).sector, null);
  const turn = (x: number): number => ((x % (2 * Math.PI)) + 2 * Math.PI) % (2 * Math.PI);
  for (let i = 0; i < 8; i++) {
    const mount = { flipRows: (i & 1) > 0, flipCols: (i & 2) > 0, transpose: (i & 4) > 0 };
    const { sector } = sentArea(area, mount);
    const sent = { from: sector?.from ?? 0, to: sector?.to ?? 0 };
    t.ok(Math.abs(sent.to - sent.from - 0.7) < 1e-9);
    for (const share of [0.1, 0.5, 0.9]) {
      const angle = sent.from + share * 0.7;
      const [row, col] = orientation(mount)(Math.sin(angle), Math.cos(angle));
      const mounted = turn(Math.atan2(row, col));
      t.ok(mounted > 0.2 && mounted < 0.9, `${JSON.stringify(mount)}: ${mounted}`);
    }
  }
});
