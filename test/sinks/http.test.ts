import { createServer } from "node:net";
import t from "tap";
import { Fault } from "../../src/core/fault.js";
import type { SeriesInfo } from "../../src/core/series.js";
import { ask, get, raw } from "./ask.js";
import { readNpy } from "./read-npy.js";
import { aSeries, aStand, quiet, writeRow } from "./stand.js";

const S = "/api/v1/series";

t.test("health, readiness, metrics", async (t) => {
  let ready = false;
  const { run, base } = await aStand({ ready: () => ready });
  t.teardown(() => run.close());
  t.match(await get(base, "/healthz"), { status: 200 });
  t.match(await get(base, "/readyz"), { status: 503 });
  ready = true;
  t.match(await get(base, "/readyz"), { status: 200 });
  const metrics = await get(base, "/metrics");
  t.match(metrics.headers["content-type"], /^text\/plain; version=0\.0\.4/);
  t.match(metrics.body.toString(), /^braggstream_build_info\{version="0\.0\.0"/m);
});

t.test("what the daemon says of itself", async (t) => {
  const { run, base, line } = await aStand();
  t.teardown(() => run.close());
  line.tell({ level: "warn", code: "stalled", message: "no frames", series: null });
  t.same((await get(base, "/api/v1/config")).json, { http: { listen: "127.0.0.1:8080" } });
  t.match((await get(base, "/api/v1/about")).json, { name: "braggstream" });
  t.match((await get(base, "/api/v1/events")).json, { events: [{ code: "stalled" }] });
  t.match((await get(base, "/api/v1/stats")).json, { source: { protocol: "dectris-v2" } });
  const library = await get(base, "/api/v1/library");
  t.match(library.headers, { "content-type": "application/octet-stream", "content-disposition": /filename="braggstream.bscomp"/ });
  t.equal(library.body.toString(), "BS");
});

t.test("series", async (t) => {
  const { run, base, store } = await aStand();
  t.teardown(() => run.close());
  t.same((await get(base, S)).json, { series: [] });
  t.match(await get(base, `${S}/latest`), { status: 404, code: "no_series" });
  t.match(await get(base, `${S}/nobody`), { status: 404, code: "no_series" });

  for (const id of ["a-1", "a-2"]) aSeries(store, id);
  const { maps } = aSeries(store, "a-3");
  writeRow(maps, "centre", 0, (i) => i, 7);
  maps.commit();
  const list = (await get(base, S)).json as { series: SeriesInfo[] };
  t.same(
    list.series.map((s) => s.id),
    ["a-1", "a-2", "a-3"],
  );
  const latest = await get(base, `${S}/latest`);
  t.match(latest.json, {
    id: "a-3",
    state: "live",
    shape: [4, 5],
    shape_from: "flag",
    frames: { expected: null, received: 0 },
    layers: [{ name: "centre", kind: "vector", claim: "quantitative", dtype: "float32", shape: [4, 5, 2], unit: "px", revision: 7 }],
  });
  t.equal(latest.headers["cache-control"], "no-store");
  aSeries(store, "a-4");
  t.match(await get(base, `${S}/a-1`), { status: 410, code: "series_gone" });
  t.match(await get(base, `${S}/a-1/layers/sum.npy`), { status: 410, code: "series_gone" });
});

t.test("layers as .npy", async (t) => {
  const { run, base, store } = await aStand();
  t.teardown(() => run.close());
  const { maps } = aSeries(store, "a-1", 2, 3);
  t.match(await get(base, `${S}/a-1/layers/sum.npy`), { status: 404, code: "no_layer", json: { error: { message: /none yet/ } } });
  writeRow(maps, "sum", 1, (i) => i / 2);
  writeRow(maps, "centre", 0, (i) => i);
  writeRow(maps, "tier", 1, () => 1);
  writeRow(maps, { name: "label", kind: "label", claim: "categorical", dtype: "int32", unit: "", channels: 1, about: "" }, 0, (i) => i);
  maps.commit();
  const read = async (name: string) => readNpy((await get(base, `${S}/latest/layers/${name}.npy`)).body);
  const nan = Number.NaN;
  t.match(await read("sum"), { descr: "<f4", shape: [2, 3], values: [nan, nan, nan, 1.5, 2, 2.5] });
  t.match(await read("centre"), { descr: "<f4", shape: [2, 3, 2], values: [0, 1, 2, 3, 4, 5, nan, nan, nan, nan, nan, nan] });
  t.match(await read("tier"), { descr: "|u1", shape: [2, 3], values: [0, 0, 0, 1, 1, 1] });
  t.match(await read("label"), { descr: "<i4", shape: [2, 3], values: [0, 1, 2, -1, -1, -1] });
  t.match(await get(base, `${S}/a-1/layers/nothing.npy`), { status: 404, code: "no_layer", json: { error: { message: /sum, centre/ } } });
  t.match(await get(base, `${S}/a-1/layers/sum.tif`), { status: 404, code: "not_found" });
  t.match(await get(base, `${S}/a-1/layers/.npy`), { status: 404, code: "not_found" });

  const head = await ask(base, "HEAD", `${S}/a-1/layers/sum.npy`);
  t.equal(head.status, 200);
  t.equal(head.body.length, 0);
  t.equal(head.headers["content-length"], String(128 + 24));
  t.equal(head.headers["content-type"], "application/x-npy");
});

t.test("summaries and patterns", async (t) => {
  const { run, base, store, line } = await aStand();
  t.teardown(() => run.close());
  aSeries(store, "a-1", 4, 5);
  const P = `${S}/a-1/patterns`;
  t.match(await get(base, `${S}/a-1/summary/mean.npy`), { status: 404, code: "no_frame" });
  t.match(await get(base, `${S}/a-1/summary/median.npy`), { status: 404, code: "not_found" });
  line.summaries.set("max", { height: 2, width: 2, pixels: Float32Array.of(1, 2, 3, Number.NaN) });
  t.match(readNpy((await get(base, `${S}/a-1/summary/max.npy`)).body), { descr: "<f4", shape: [2, 2], values: [1, 2, 3, Number.NaN] });

  line.patterns.set("1,2", { height: 2, width: 3, pixels: Uint16Array.of(1, 2, 3, 4, 5, 65535) });
  line.patterns.set("1,3", "gone");
  for (const query of ["", "?kind=raw"])
    t.match(readNpy((await get(base, `${P}/1/2.npy${query}`)).body), { descr: "<u2", shape: [2, 3], values: [1, 2, 3, 4, 5, 65535] });
  t.match(await get(base, `${P}/1/3.npy`), { status: 410, code: "pattern_not_retained" });
  t.match(await get(base, `${P}/0/0.npy`), { status: 404, code: "no_frame" });
  t.match(await get(base, `${P}/4/0.npy`), { status: 404, code: "outside_scan", json: { error: { message: /4 rows/ } } });
  t.match(await get(base, `${P}/0/5.npy`), { status: 404, code: "outside_scan" });
  t.match(await get(base, `${P}/0/0.npy?kind=match`), { status: 404, code: "no_class", json: { error: { message: /row 0, column 0/ } } });
  line.patterns.set("2,0", { off: "denoising is switched off" });
  t.match(await get(base, `${P}/2/0.npy?kind=match`), { status: 409, code: "components_off" });
  t.match(await get(base, `${P}/2/0.npy?kind=denoised`), {
    status: 409,
    code: "denoise_off",
    json: { error: { message: /denoising is switched off/ } },
  });
  line.patterns.set("2,1", { height: 1, width: 2, pixels: Float32Array.of(0.25, Number.NaN) });
  t.match(readNpy((await get(base, `${P}/2/1.npy?kind=denoised`)).body), { descr: "<f4", shape: [1, 2], values: [0.25, Number.NaN] });
  t.notMatch((await get(base, `${P}/1/2.npy`)).headers, { "x-denoise-method": /./ });
  const made = { method: "neighbour", variant: "cheap", final: true, model: null } as const;
  line.patterns.set("2,2", { height: 1, width: 1, pixels: Float32Array.of(1), made });
  const headers = { "x-denoise-method": "neighbour", "x-denoise-variant": "cheap", "x-denoise-final": "true", "cache-control": "no-store" };
  t.match((await get(base, `${P}/2/2.npy?kind=denoised`)).headers, headers, "how it was made");
  const model = { epoch: 3, checksum: "ab12" };
  line.patterns.set("2,3", { height: 1, width: 1, pixels: Float32Array.of(1), made: { ...made, model } });
  t.match((await get(base, `${P}/2/3.npy?kind=denoised`)).headers, { "x-denoise-model": "ab12", "x-denoise-epoch": "3" });
  t.match(readNpy((await get(base, `${P}/2/1.npy?kind=match`)).body), { descr: "<f4", shape: [1, 2] });
  t.match(await get(base, `${P}/1/2.npy?kind=odd`), { status: 400, code: "bad_request", json: { error: { message: /raw, .*match/ } } });
  for (const at of ["-1/0", "1.5/0", "x/0", "0/1e1", "0/99999999999"])
    t.match(await get(base, `${P}/${at}.npy`), { status: 400, code: "bad_request" }, at);
});

t.test("frames that are kept", async (t) => {
  const { run, base, store, line } = await aStand();
  t.teardown(() => run.close());
  aSeries(store, "a-1", 4, 5);
  t.match(await get(base, `${S}/a-1/frames`), { status: 404, code: "no_frame" });
  t.match(await get(base, `${S}/a-1/frames/0`), { status: 404, code: "no_frame" });
  const about = { series: "a", rows: 4, columns: 5, height: 1, width: 2, type: "uint8", low: 0, high: 254, masked: [1] } as const;
  const shapes = [{ height: 1, width: 2, type: "uint8", encoding: "none", element: 0, bigEndian: false }] as const;
  const frames = [
    [1, 0, 2],
    [4, 0, 1],
  ] as const;
  line.kept = { about, rows: [{ shapes, frames, payloads: Uint8Array.of(7, 8, 9), next: null }] };
  t.match(await get(base, `${S}/a-1/frames`), { status: 200, json: about });
  const { body, status } = await get(base, `${S}/a-1/frames/0?from=1`);
  const end = 4 + body.readUInt32LE(0);
  t.same([status, JSON.parse(body.toString("utf8", 4, end))], [200, { shapes, frames, next: null }]);
  t.same([...body.subarray(end)], [7, 8, 9]);
  for (const path of ["4", "0?from=5"]) t.match(await get(base, `${S}/a-1/frames/${path}`), { status: 404, code: "outside_scan" });
  for (const path of ["x", "-1", "0?from=x"]) t.match(await get(base, `${S}/a-1/frames/${path}`), { status: 400, code: "bad_request" });
});

t.test("the model of a series", async (t) => {
  const { run, base, store, line } = await aStand();
  t.teardown(() => run.close());
  aSeries(store, "a-1", 4, 5);
  t.match(await get(base, `${S}/a-1/model.onnx`), { status: 404, code: "no_model" });
  line.file = Uint8Array.of(8, 9);
  t.same([...(await get(base, `${S}/a-1/model.onnx`)).body], [8, 9]);
});

t.test("reshape", async (t) => {
  const { run, base, store, line } = await aStand();
  t.teardown(() => run.close());
  const { maps, story } = aSeries(store, "a-1", 4, 5);
  const post = (body: unknown, type = "application/json") =>
    ask(base, "POST", `${S}/a-1/shape`, {
      headers: { "content-type": type },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const calls: unknown[] = [];
  line.reshaped = async (...call) => {
    calls.push(call);
    maps.reshape(call[1], call[2]);
    story.shape = [call[1], call[2]];
    maps.commit();
  };
  t.match(await post({ shape: [2, 10] }), { status: 200, json: { id: "a-1", shape: [2, 10] } });
  t.same(calls, [["a-1", 2, 10]]);
  for (const shape of [undefined, 7, [1], [1, 2, 3], [0, 5], [1.5, 2], ["2", 10], [-1, -1], [null, 1], [1e9, 1e9], [4097, 4096]])
    t.match(await post({ shape }), { status: 400, code: "bad_request" }, JSON.stringify(shape));
  for (const body of ["", "{", "null", "[]", '"x"']) t.match(await post(body), { status: 400, code: "bad_request" }, body);
  t.match(await post({ shape: [2, 10] }, "text/plain"), { status: 415 });
  t.match(await post({ shape: [2, 10] }, "application/json; charset=utf-8"), { status: 200 });
  t.match(await post(`{"shape":[2,10],"pad":"${"x".repeat(5000)}"}`), { status: 413, code: "too_large" });
  const chunked = await raw(
    base,
    `POST ${S}/a-1/shape HTTP/1.1\r\nHost: ${new URL(base).host}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${`400\r\n${"x".repeat(1024)}\r\n`.repeat(8)}0\r\n\r\n`,
  );
  t.match(chunked, /^HTTP\/1\.1 413 /, "announced or not");
  line.reshaped = () => Promise.reject(new Fault("not-available", "frames", "the frames are no longer kept"));
  t.match(await post({ shape: [2, 10] }), { status: 409, code: "not-available" });
  line.reshaped = () => Promise.reject(new Error("a bug"));
  t.match(await post({ shape: [2, 10] }), { status: 500, code: "internal" });
  t.match(await ask(base, "POST", `${S}/nobody/shape`), { status: 404, code: "no_series" });
});

t.test("what is not here, and what may not be done", async (t) => {
  const { run, base, store } = await aStand();
  t.teardown(() => run.close());
  aSeries(store, "a-1");
  for (const path of [
    "/",
    "/nothing",
    "/api/v1",
    "/api/v1/series/",
    "/ws",
    "/api/v1/series/a-1/layers",
    "//api/v1/series",
    "/api%2Fv1%2Fseries",
  ])
    t.match(await get(base, path), { status: 404, code: "not_found" }, path);
  t.match(await get(base, "/%zz"), { status: 400, code: "bad_request" });
  t.match(await get(base, "http://elsewhere/healthz"), { status: 400, code: "bad_request" });
  t.match(await ask(base, "DELETE", `${S}/a-1`), { status: 405, code: "method_not_allowed", headers: { allow: "GET, HEAD" } });
  t.match(await ask(base, "GET", `${S}/a-1/shape`), { status: 405, headers: { allow: "POST" } });
  t.match(await ask(base, "OPTIONS", S), { status: 405 });
  t.match(await get(base, "/api/v1/rescans"), { status: 404, code: "not_available" });
});

t.test("every answer carries the security headers", async (t) => {
  const { run, base } = await aStand();
  t.teardown(() => run.close());
  for (const path of ["/healthz", "/nothing", S]) {
    const { headers } = await get(base, path);
    t.match(headers["content-security-policy"], /^default-src 'self';/);
    t.notMatch(headers["content-security-policy"], /unsafe|http|\*/);
    t.equal(headers["x-content-type-options"], "nosniff");
    t.equal(headers["access-control-allow-origin"], undefined);
  }
});

t.test("bytes that are no HTTP, and too many of them", async (t) => {
  const { run, base } = await aStand();
  t.teardown(() => run.close());
  t.match(await raw(base, "\x03\x00\x00\x13 not http\r\n\r\n"), /^HTTP\/1\.1 400 .*bad_request/s);
  t.match(await raw(base, `GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(20_000)}\r\n\r\n`), /^HTTP\/1\.1 4/);
  t.match(await get(base, "/healthz"), { status: 200 }, "still there");
});

t.test("the port is taken, the address is not ours, the dashboard is not built", async (t) => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => other.once("listening", done));
  t.teardown(() => other.close());
  const { port } = other.address() as { port: number };
  await t.rejects(aStand({ port }), { name: "Fault", code: "port-taken", at: `127.0.0.1:${port}` });
  await t.rejects(aStand({ host: "192.0.2.1", token: "t" }), { name: "Fault", code: "bad-endpoint" });
  await t.rejects(aStand({ dashboardRoot: "/nowhere/at/all" }), { name: "Fault", code: "no-dashboard" });
});

t.test("a failing route is logged and answered", async (t) => {
  const logged: unknown[] = [];
  const { run, base } = await aStand({
    config: () => {
      throw new Error("a bug");
    },
    log: { ...quiet, error: (...what: unknown[]) => void logged.push(what) },
  });
  t.teardown(() => run.close());
  t.match(await get(base, "/api/v1/config"), { status: 500, code: "internal" });
  t.equal(logged.length, 1);
});
