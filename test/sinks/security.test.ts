import t from "tap";
import { ask, get, raw } from "./ask.js";
import { aSeries, aStand } from "./stand.js";
import { connect } from "./viewer.js";

const SERIES = "/api/v1/series";
/** The status with which a WebSocket is refused, or 101. */
async function socketStatus(base: string, headers: Record<string, string>): Promise<number> {
  try {
    const v = await connect(base, undefined, headers);
    v.socket.terminate();
    return 101;
  } catch (e) {
    return Number(/Unexpected server response: (\d+)/.exec(String(e))?.[1]);
  }
}

t.test("a listen address that others reach demands a token", async (t) => {
  for (const host of ["0.0.0.0", "::", "192.168.1.5", "127.0.0.1.example.org"])
    for (const token of [undefined, ""])
      await t.rejects(aStand({ host, ...(token === undefined ? {} : { token }) }), { name: "Fault", code: "bad-config", at: "http.token" });
});

t.test("Host on loopback: our own names and port, or the allowed ones", async (t) => {
  const { run, base } = await aStand({ allowedHosts: ["lab.example", "other.example:8443"] });
  t.teardown(() => run.close());
  const { port } = run;
  for (const host of [
    `127.0.0.1:${port}`,
    `localhost:${port}`,
    `LOCALHOST:${port}`,
    `[::1]:${port}`,
    "lab.example",
    "lab.example:99",
    "other.example:8443",
  ])
    t.match(await get(base, SERIES, { host }), { status: 200 }, host);
  for (const host of [
    "evil.example",
    `evil.example:${port}`,
    "127.0.0.1",
    `127.0.0.1:${port + 1}`,
    "other.example",
    `192.168.1.5:${port}`,
    `127.0.0.1:${port}@evil.example`,
    `localhost.evil.example:${port}`,
    ":80",
    "[::1",
  ])
    t.match(await get(base, SERIES, { host }), { status: 403, code: "host_not_allowed" }, host);
  t.match(await get(base, "/healthz", { host: "evil.example" }), { status: 403 }, "everywhere");
  t.match(await raw(base, `GET ${SERIES} HTTP/1.0\r\n\r\n`), /^HTTP\/1\.1 403 /, "no Host at all");
  t.equal(await socketStatus(base, { host: "evil.example" }), 403);
});

t.test("Origin: everything but reading demands our own, or none", async (t) => {
  const { run, base, store } = await aStand({ allowedHosts: ["lab.example"] });
  t.teardown(() => run.close());
  aSeries(store, "a-1");
  const here = new URL(base).host;
  const post = (headers: Record<string, string>) =>
    ask(base, "POST", `${SERIES}/a-1/shape`, { headers: { "content-type": "application/json", ...headers }, body: '{"shape":[4,5]}' });
  const good: Record<string, string>[] = [
    {},
    { origin: base },
    { host: "lab.example", origin: "https://lab.example" },
    { host: "lab.example:80", origin: "http://lab.example" },
  ];
  for (const headers of good) {
    t.match(await post(headers), { status: 200 }, JSON.stringify(headers));
    t.equal(await socketStatus(base, headers), 101, JSON.stringify(headers));
  }
  for (const origin of [
    "http://evil.example",
    "null",
    `http://${here}.evil.example`,
    `ftp://${here}`,
    `http://localhost:${run.port + 1}`,
    "",
    "http://lab.example",
  ]) {
    t.match(await post({ origin }), { status: 403, code: "origin_not_allowed" }, origin);
    t.equal(await socketStatus(base, { origin }), 403, origin);
  }
  t.match(await ask(base, "DELETE", `${SERIES}/a-1`, { headers: { origin: "http://evil.example" } }), { status: 403 });
  t.match(await get(base, SERIES, { origin: "http://evil.example" }), { status: 200 }, "reading needs none: the answer stays unread there");
});

t.test("loopback needs no token, even where one is set; behind a proxy it does", async (t) => {
  const { run, base } = await aStand({ token: "s3cret", allowedHosts: ["lab.example"] });
  t.teardown(() => run.close());
  t.match(await get(base, SERIES), { status: 200 });
  t.match(await get(base, SERIES, { host: "lab.example" }), { status: 401, code: "token_needed" });
  t.match(await get(base, SERIES, { host: "lab.example", authorization: "Bearer s3cret" }), { status: 200 });
  t.equal(await socketStatus(base, { host: "lab.example" }), 401);
});

t.test("elsewhere: Bearer, or a cookie in exchange for the token", async (t) => {
  const { run, base, store } = await aStand({ host: "0.0.0.0", token: "s3cret" });
  t.teardown(() => run.close());
  aSeries(store, "a-1");
  t.match(run.url, /^http:\/\/0\.0\.0\.0:\d+\/$/);
  for (const path of [SERIES, "/metrics", "/api/v1/config", "/nothing"])
    t.match(await get(base, path), { status: 401, code: "token_needed" }, path);
  t.match(await get(base, SERIES), { headers: { "www-authenticate": "Bearer" } });
  for (const path of ["/healthz", "/readyz"]) t.match(await get(base, path), { status: 200 }, path);
  t.match(await get(base, SERIES, { authorization: "Bearer s3cret" }), { status: 200 });
  t.match(await get(base, SERIES, { authorization: "bearer  s3cret" }), { status: 200 });
  for (const authorization of ["Bearer s3cre", "Bearer s3cret2", "Bearer", "Bearer ", "Basic s3cret", "s3cret"])
    t.match(await get(base, SERIES, { authorization }), { status: 401 }, authorization);
  t.equal(await socketStatus(base, {}), 401);
  t.equal(await socketStatus(base, { authorization: "Bearer s3cret" }), 101);

  const login = (body: string, headers: Record<string, string> = {}) =>
    ask(base, "POST", "/api/v1/session", { headers: { "content-type": "application/json", ...headers }, body });
  t.match(await login('{"token":"wrong"}'), { status: 401, headers: { "set-cookie": undefined } });
  t.match(await login('{"token":7}'), { status: 400 });
  t.match(await login("7"), { status: 400 });
  t.match(await login('{"token":"s3cret"}', { origin: "http://evil.example" }), { status: 403 });
  t.match(await login('{"token":"s3cret"}', { "content-type": "application/x-www-form-urlencoded" }), { status: 415 });
  const answer = await login('{"token":"s3cret"}', { origin: base });
  t.equal(answer.status, 200);
  const set = String(answer.headers["set-cookie"]);
  t.match(set, /; HttpOnly; SameSite=Strict$/);
  t.notMatch(set, /s3cret/, "the cookie does not give the token away");
  const cookie = set.split(";")[0] ?? "";
  t.match(await get(base, SERIES, { cookie }), { status: 200 });
  t.match(await get(base, SERIES, { cookie: `a=b; ${cookie}; c` }), { status: 200 });
  t.equal(await socketStatus(base, { cookie, origin: base }), 101);
  t.equal(await socketStatus(base, { cookie, origin: "http://evil.example" }), 403, "a cookie does not help another site");
  const [name = ""] = cookie.split("=");
  for (const bad of [`${name}=`, `${name}=s3cret`, `other${cookie}`, name, `${cookie}x`])
    t.match(await get(base, SERIES, { cookie: bad }), { status: 401 }, bad);
});

t.test("a wildcard address answers to the address that the connection came in on", async (t) => {
  const { run, base } = await aStand({ host: "0.0.0.0", token: "s3cret" });
  t.teardown(() => run.close());
  const authorization = "Bearer s3cret";
  for (const host of [`127.0.0.1:${run.port}`, `0.0.0.0:${run.port}`, `localhost:${run.port}`])
    t.match(await get(base, SERIES, { host, authorization }), { status: 200 }, host);
  for (const host of [`10.0.0.7:${run.port}`, `evil.example:${run.port}`])
    t.match(await get(base, SERIES, { host, authorization }), { status: 403 }, host);
});

t.test("no token configured: the login is a formality", async (t) => {
  const { run, base } = await aStand();
  t.teardown(() => run.close());
  const answer = await ask(base, "POST", "/api/v1/session", { headers: { "content-type": "application/json" }, body: '{"token":"any"}' });
  t.match(answer, { status: 200, headers: { "set-cookie": undefined } });
});

t.test("a WebSocket anywhere else", async (t) => {
  const { run, base } = await aStand();
  t.teardown(() => run.close());
  const upgrade = (path: string): Promise<string> =>
    raw(
      base,
      `GET ${path} HTTP/1.1\r\nHost: ${new URL(base).host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
  t.match(await upgrade("/other"), /^HTTP\/1\.1 404 .*not_found/s);
  t.match(await upgrade("/%zz"), /^HTTP\/1\.1 404 /);
  t.match(await upgrade("/ws?x=1"), /^HTTP\/1\.1 101 /);
});
