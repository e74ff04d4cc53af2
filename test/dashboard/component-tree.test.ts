import t from "tap";
import { classTable } from "../../dashboard/lib/class-table.js";
import { drawnTree, groupsAt, leadersOf, readTree } from "../../dashboard/lib/component-tree.js";
import { memberWords } from "../../dashboard/lib/component-words.js";
import { readClusters } from "../../dashboard/lib/read-clusters.js";
import type { ClusterMember } from "../../src/core/components.js";
import { aComponent } from "./some-components.js";

t.test("a tree of components, its groups and its drawing", async (t) => {
  const joins = [
    { a: 0, b: 2, distance: 0.1 },
    { a: 1, b: 3, distance: 0.3 },
    { a: 4, b: 5, distance: 0.7 },
  ];
  const tree = readTree({ leaves: [2, 9, 5, 7], joins });
  t.same(tree, { leaves: [2, 9, 5, 7], joins });
  t.same(
    [0, 0.1, 0.2, 0.5, 1].map((d) => groupsAt(tree, d)),
    [
      [],
      [],
      [[2, 5]],
      [
        [2, 5],
        [7, 9],
      ],
      [[2, 5, 7, 9]],
    ],
  );
  t.same(
    [...leadersOf(groupsAt(tree, 0.5))],
    [
      [2, 2],
      [5, 2],
      [7, 7],
      [9, 7],
    ],
  );
  const { order, forks } = drawnTree(tree);
  t.same(order, [2, 5, 9, 7], "without crossings");
  t.same(forks, [
    { low: 0, high: 1, fromLow: 0, fromHigh: 0, distance: 0.1 },
    { low: 2, high: 3, fromLow: 0, fromHigh: 0, distance: 0.3 },
    { low: 0.5, high: 2.5, fromLow: 0.1, fromHigh: 0.3, distance: 0.7 },
  ]);
  t.same(drawnTree({ leaves: [3, 1], joins: [{ a: 1, b: 0, distance: 1 }] }).order, [1, 3], "branches as they are told");
  const none = { leaves: [], joins: [] };
  for (const [a, b, distance] of [
    [0, 0, 1],
    [0, 2, 1],
    [-1, 0, 1],
    [0.5, 0, 1],
    [0, 1, -1],
    [0, 1, null],
  ])
    t.same(readTree({ leaves: [1, 2], joins: [{ a, b, distance }] }), none, `${a} ${b} ${distance}`);
  t.same(
    readTree({
      leaves: [1, 2, 3],
      joins: [
        { a: 0, b: 1, distance: 1 },
        { a: 0, b: 2, distance: 1 },
      ],
    }),
    none,
    "a cluster joined twice",
  );
  t.same([readTree(null), readTree({ leaves: ["x", -1], joins: [3] })], [none, none]);
  const grouped = classTable([aComponent(3, { color: "#102030" }), { ...aComponent(12, { color: "#102030" }), as: 3 }]);
  t.same([...grouped.subarray(48, 52)], [16, 32, 48, 255], "shown as one that is not hatched");
});

t.test("clusters of a cut are read and said", async (t) => {
  const members = [{ id: 1, turn: 0, shift: [0, 0], alike: 1 }, { id: 4, turn: 0.5, shift: [4, -3], alike: 0.625 }, { id: -1 }, 7];
  const read = readClusters({ distance: 0.3, cell: 2, clusters: [{ members, share: 0.5 }, null, { members: [{ id: 9 }], share: 7 }] });
  t.equal(read.cell, 2);
  t.same(read.clusters[0], { members: [members[0], members[1]], share: 0.5 });
  t.same(read.clusters[1], { members: [], share: 0 }, "pictures are in the order of all");
  t.match(read.clusters[2], { members: [{ id: 9, turn: 0, shift: [0, 0], alike: 0 }], share: 1 });
  for (const bad of [null, 3, {}, { clusters: 4 }]) t.same(readClusters(bad), { clusters: [], cell: 1 });
  t.equal(memberWords(read.clusters[0]?.members[1] as ClusterMember), "turned by 28.6°, map shifted by 4, −3 (0.63 alike)");
});
