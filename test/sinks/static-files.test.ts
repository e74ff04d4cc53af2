import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { ask, get } from "./ask.js";
import { aStand } from "./stand.js";

/** A built dashboard, with something secret beside it and a link to it inside. */
function aBuild(): { root: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "braggstream-static-"));
  const root = join(folder, "dashboard");
  mkdirSync(join(root, "assets"), { recursive: true });
  writeFileSync(join(folder, "secret.txt"), "secret");
  writeFileSync(join(root, "index.html"), "<!doctype html>");
  writeFileSync(join(root, "assets", "app-3F8A2C1B.js"), "export {};");
  writeFileSync(join(root, "assets", "plain.css"), "b {}");
  writeFileSync(join(root, "odd.bin"), "?");
  symlinkSync(join(folder, "secret.txt"), join(root, "link.txt"));
  return { root, remove: () => rmSync(folder, { recursive: true }) };
}

t.test("the built dashboard and nothing else", async (t) => {
  const { root, remove } = aBuild();
  t.teardown(remove);
  const { run, base } = await aStand({ dashboardRoot: root });
  t.teardown(() => run.close());
  for (const path of ["/", "/index.html", "/?scan=a-1"])
    t.match(
      await get(base, path),
      { status: 200, headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-cache" } },
      path,
    );
  t.match(await get(base, "/assets/app-3F8A2C1B.js"), {
    status: 200,
    headers: { "content-type": "text/javascript; charset=utf-8", "cache-control": /immutable/ },
  });
  t.match(await get(base, "/assets/plain.css"), { headers: { "content-type": "text/css; charset=utf-8", "cache-control": "no-cache" } });
  t.match(await get(base, "/odd.bin"), { headers: { "content-type": "application/octet-stream" } });
  t.match(await ask(base, "HEAD", "/"), { status: 200, headers: { "content-length": "15" }, body: Buffer.alloc(0) });
  for (const path of [
    "/../secret.txt",
    "/assets/../../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/..%5csecret.txt",
    "/assets/%2e%2e%2f%2e%2e%2fsecret.txt",
    "//etc/passwd",
    `/${root}/index.html`,
    "/link.txt",
    "/assets",
    "/assets/",
    "/index.html%00.txt",
    "/__proto__",
  ])
    t.match(await get(base, path), { status: 404, code: "not_found" }, path);
  t.match(await ask(base, "POST", "/index.html"), { status: 404 });
});

t.test("the page itself needs no token: it carries the login", async (t) => {
  const { root, remove } = aBuild();
  t.teardown(remove);
  const { run, base } = await aStand({ dashboardRoot: root, host: "0.0.0.0", token: "s3cret" });
  t.teardown(() => run.close());
  t.match(await get(base, "/"), { status: 200 });
  t.match(await get(base, "/assets/app-3F8A2C1B.js"), { status: 200 });
  t.match(await get(base, "/api/v1/series"), { status: 401 });
});
