import t from "tap";
import { played } from "../fixtures/scan.js";
import { COLUMNS, live, ROWS, scan } from "./components-stand.js";

t.test("what people say of a component", async (t) => {
  await live(played(scan, "dectris-v2"), {}, async (run, stand) => {
    const view = await stand.line.components(run.id);
    if ("off" in view) throw new Error(view.off);
    const id = view.components[0]?.id as number;
    t.equal(await stand.line.changeComponent(run.id, id, { name: "gold", color: "#102030", frozen: true, background: true }), "done");
    const after = await stand.line.components(run.id);
    if ("off" in after) throw new Error(after.off);
    t.match(after.components[0], { id, name: "gold", color: "#102030", frozen: true, background: true });
    t.equal(await stand.line.changeComponent(run.id, 12345, { name: "x" }), "none");
  });
});

t.test("classes that are joined are one on the map", async (t) => {
  await live(played(scan, "dectris-v2"), {}, async (run, stand) => {
    const view = await stand.line.components(run.id);
    if ("off" in view) throw new Error(view.off);
    const ids = view.components.map((c) => c.id);
    t.equal(view.tree.length, 1);
    const apart = await stand.line.clusters(run.id, 0);
    const together = await stand.line.clusters(run.id, 2);
    if ("off" in apart || "off" in together) throw new Error("no clusters");
    t.same(
      apart.clusters.map((c) => c.members.map((m) => m.id)),
      ids.map((id) => [id]),
    );
    t.same([apart.polar.length, apart.maps.length, apart.cell], [2 * 24 * 128, 2 * ROWS * COLUMNS, 1]);
    t.match(together.clusters, [{ members: ids.map((id) => ({ id })), share: 1 }]);
    t.equal(
      together.clusters[0]?.members.filter((m) => m.turn === 0 && m.alike === 1).length,
      1,
      "one lies as it is, the other one is laid upon it",
    );
    t.match(await stand.line.clusters("nobody", 1), { off: /no longer kept/ });
    t.match(await stand.line.explanation("nobody", 0, 0), { off: /no longer kept/ });
    t.equal(await stand.line.joinComponents(run.id, [ids[0] as number, 999]), "none");
    t.equal(await stand.line.joinComponents(run.id, ids), "done");
    t.same([...new Set(run.maps.layer("label")?.value)], [Math.min(...ids)]);
    const after = await stand.line.components(run.id);
    if ("off" in after) throw new Error(after.off);
    t.match(after.components, [{ id: Math.min(...ids), share: 1 }]);
    t.same(after.tree, []);
  });
});

t.test("why there are none is told", async (t) => {
  await live(played(scan, "dectris-v2"), { settings: { "components.max": 0 } }, async (run, stand) => {
    t.match(await stand.line.components(run.id), { off: /switched off/ });
    t.match(await stand.line.explanation(run.id, 0, 0), { off: /switched off/ });
    t.match(await stand.line.clusters(run.id, 1), { off: /switched off/ });
    t.match(await stand.line.pattern(run.id, 0, 0, "match"), { off: /switched off/ });
    t.equal(await stand.line.changeComponent(run.id, 1, {}), "none");
    t.equal(run.maps.layer("label"), undefined);
  });
});
