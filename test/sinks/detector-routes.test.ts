import t, { type Test } from "tap";
import { COMPONENT_GRID, type Component } from "../../src/core/components.js";
import { radialLikelihood } from "../../src/line/detector-questions.js";
import { type Answer, ask, get } from "./ask.js";
import { aSeries, aStand, type Stand } from "./stand.js";

const PATH = "/api/v1/virtual_detectors";
const JSON_BODY = { "content-type": "application/json" };
const post = (base: string, body: unknown): Promise<Answer> =>
  ask(base, "POST", PATH, { headers: JSON_BODY, body: typeof body === "string" ? body : JSON.stringify(body) });

async function stand(t: Test): Promise<Stand> {
  const s = await aStand();
  t.teardown(() => s.run.close());
  return s;
}
const message = ({ json }: Answer): string => (json as { error: { message: string } }).error.message;

t.test("detectors are placed, listed and removed", async (t) => {
  const { base } = await stand(t);
  t.same((await get(base, PATH)).json, { virtual_detectors: [] });
  const ring = await post(base, { name: "220", inner: 40, outer: 46 });
  t.equal(ring.status, 201);
  t.same(ring.json, { id: "virtual_1", name: "220", inner: 40, outer: 46 });
  const sector = { name: "right", inner: 3, outer: 4.5, from: -0.2, to: 0.2, fold: 2 };
  t.same((await post(base, sector)).json, { id: "virtual_2", ...sector });
  t.match((await post(base, { ...sector, fold: undefined })).json, { fold: 1 });
  const moment = { name: "y", moment: [1, 0] };
  t.same((await post(base, moment)).json, { id: "virtual_4", ...moment });
  const gone = await ask(base, "DELETE", `${PATH}/virtual_1`);
  t.match(gone, { status: 200, json: { removed: "virtual_1" } });
  t.match(await ask(base, "DELETE", `${PATH}/virtual_1`), { status: 404, code: "no_detector" });
  t.equal((await post(base, { name: "x", inner: 1, outer: 2 })).status, 201);
  const { json } = await get(base, PATH);
  const ids = (json as { virtual_detectors: { id: string }[] }).virtual_detectors.map((d) => d.id);
  t.same(ids, ["virtual_5", "virtual_2", "virtual_3", "virtual_4"], "its column is taken again");
  t.match(await ask(base, "PUT", PATH), { status: 405, headers: { allow: "GET, HEAD, POST" } });
  t.match(await ask(base, "DELETE", `${PATH}/virtual_2`, { headers: { origin: "http://elsewhere" } }), { status: 403 });
  for (let i = 0; i < 4; i++) t.equal((await post(base, { name: "x", inner: 1, outer: 2 })).status, 201);
  t.match(await post(base, { name: "x", inner: 1, outer: 2 }), { status: 409, code: "too_many" });
});

t.test("what cannot be is refused and named", async (t) => {
  const { base } = await stand(t);
  for (const [body, problem] of [
    [{}, /name must be a text/],
    [{ name: "", inner: 1, outer: 2 }, /name must be a text of 1 to 60/],
    [{ name: "x" }, /inner and outer must be numbers/],
    [{ name: "x", inner: "1", outer: 2 }, /inner and outer must be numbers/],
    [{ name: "x", inner: 3, outer: 2 }, /outer must be above inner/],
    [{ name: "x", inner: 1, outer: 2, from: 1 }, /from, to and fold must be numbers/],
    [{ name: "x", inner: 1, outer: 2, from: 1, to: 0.5 }, /to must be above from/],
    [{ name: "x", inner: 1, outer: 2, radius: 3 }, /a virtual detector has no radius/],
    [{ name: "x", moment: 1 }, /moment must be two powers/],
    [{ name: "x", moment: ["a", 1] }, /powers of row and col must be whole, 1 to 2 together/],
    [{ name: "x", moment: [0, 0] }, /powers of row and col/],
    [{ name: "x", moment: [2, 1] }, /powers of row and col/],
    [{ name: "x", component: 1.5 }, /component must be a whole number/],
    [{ name: "x", component: 1, series: 3 }, /series the id of one/],
  ] as const) {
    const answer = await post(base, body);
    t.match(answer, { status: 400, code: "bad_request" }, JSON.stringify(body));
    t.match(message(answer), problem);
  }
  t.match(await post(base, "[]"), { status: 400 });
  t.match(await post(base, { name: "x", component: 1 }), { status: 404, code: "no_component" }, "no scan yet");
});

const { rings, sectors } = COMPONENT_GRID;
const aComponent = (id: number): Component => ({
  id,
  fold: 2,
  name: `${id}`,
  color: "#000000",
  share: 0.5,
  frozen: false,
  background: false,
});
/** The first has all counts in the inner half of the rings, the second as many in the outer half. */
const view = {
  components: [aComponent(3), aComponent(8)],
  polar: new Float32Array(2 * rings * sectors).map((_, i) => {
    const ring = Math.floor((i % (rings * sectors)) / sectors);
    return i < rings * sectors === ring < rings / 2 ? 1 / (10 + ring + 0.5) : 0;
  }),
  inner: 10,
  outer: 10 + rings,
  grains: [],
  tree: [],
};

t.test("the profile of a component is one as well", async (t) => {
  const s = await stand(t);
  aSeries(s.store, "a-1");
  t.match(await post(s.base, { name: "like 8", component: 8 }), { status: 409, code: "components_off" });
  s.line.found = view;
  t.match(await post(s.base, { name: "like 9", component: 9 }), { status: 404, code: "no_component" });
  t.same((await post(s.base, { name: "like 8", component: 8, series: "a-1" })).json, { id: "virtual_1", name: "like 8", component: 8 });
  const [detector] = s.line.virtualDetectors();
  t.match(detector?.what, { component: 8 });
});

t.test("rings weigh by the logarithm of how much likelier they are", (t) => {
  const weights = radialLikelihood(view, 8) ?? [];
  t.equal(weights.length, 32);
  // Twice the mean in its own half, but for the floor of a hundredth of an even share.
  const [own, mean, floor] = [1 / 12, 1 / 24, 0.01 / 24];
  t.ok(weights.slice(0, 16).every((w) => Math.abs(w - Math.log(floor / (mean + floor))) < 1e-5));
  t.ok(weights.slice(16).every((w) => Math.abs(w - Math.log((own + floor) / (mean + floor))) < 1e-5));
  t.equal(radialLikelihood(view, 4), null);
  const polar = view.polar.slice();
  polar.fill(Number.NaN, 0, sectors / 2);
  t.same(radialLikelihood({ ...view, polar }, 8), weights, "masked bins are left out");
  const empty = radialLikelihood({ ...view, polar: polar.fill(0), components: view.components.map((c) => ({ ...c, share: 0 })) }, 8);
  t.same(empty, Array(32).fill(0), "nothing is known");
  t.end();
});
