// Bundles the dashboard into dist/dashboard: index.html and assets/ with names that carry a hash of their content.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const from = join(root, "dashboard");
const to = join(root, "dist", "dashboard");
const GZIP_TARGET = 120 * 1024;
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

// dist/dashboard/lib is the compiler's: it stays.
rmSync(join(to, "assets"), { recursive: true, force: true });
mkdirSync(to, { recursive: true });

const shared = {
  bundle: true,
  minify: true,
  sourcemap: true,
  metafile: true,
  target: ["es2022", "safari16", "firefox115", "chrome110"],
  outdir: join(to, "assets"),
  entryNames: "[name]-[hash]",
  logLevel: "warning",
  legalComments: "none",
  absWorkingDir: root,
  tsconfig: join(from, "tsconfig.json"),
};

/** Output file of an entry, by ending. */
const outputOf = (result, ending) => Object.keys(result.metafile.outputs).find((f) => f.endsWith(ending));

const worker = await build({ ...shared, entryPoints: [join(from, "net/link.worker.ts")], format: "iife" });
const workerFile = basename(outputOf(worker, ".js"));
const page = await build({
  ...shared,
  entryPoints: [join(from, "main.tsx")],
  format: "esm",
  jsx: "automatic",
  jsxImportSource: "preact",
  define: { BRAGGSTREAM_WORKER: JSON.stringify(`assets/${workerFile}`), BRAGGSTREAM_VERSION: JSON.stringify(version) },
});

const html = readFileSync(join(from, "index.html"), "utf8")
  .replace("{{script}}", `assets/${basename(outputOf(page, ".js"))}`)
  .replace("{{style}}", `assets/${basename(outputOf(page, ".css"))}`);
writeFileSync(join(to, "index.html"), html);
writeFileSync(join(to, "icon.svg"), readFileSync(join(from, "icon.svg")));

let total = 0;
for (const file of [workerFile, ...[".js", ".css"].map((e) => basename(outputOf(page, e)))]) {
  const bytes = readFileSync(join(to, "assets", file));
  const zipped = gzipSync(bytes).length;
  total += zipped;
  console.log(
    `dashboard: ${file.padEnd(28)} ${(bytes.length / 1024).toFixed(1).padStart(7)} kB  gzip ${(zipped / 1024).toFixed(1).padStart(6)} kB`,
  );
}
console.log(`dashboard: gzip ${(total / 1024).toFixed(1)} kB of ${GZIP_TARGET / 1024} kB`);
if (total > GZIP_TARGET) {
  console.error("dashboard: the bundle is larger than its target");
  process.exit(1);
}
