// AssemblyScript kernels (wasm/) -> dist/wasm/kernels.wasm and its source map. Does nothing while the sources are older than the output.
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = readdirSync(join(root, "wasm"))
  .filter((name) => name.endsWith(".ts"))
  .map((name) => join(root, "wasm", name));
const output = "dist/wasm/kernels.wasm";

const changed = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const newest = Math.max(...[...sources, fileURLToPath(import.meta.url)].map(changed));

if (changed(join(root, output)) < newest) {
  mkdirSync(join(root, "dist/wasm"), { recursive: true });
  const { error, stderr } = await asc.main(
    [
      "wasm/kernels.ts",
      ...["--baseDir", root, "--outFile", output, "--sourceMap"],
      // No imports at all: no runtime, no abort. Memory is exported and grown by whoever calls.
      ...["--enable", "simd", "--runtime", "stub", "--use", "abort="],
      ...["-O3", "--noAssert"],
    ],
    { stdout: process.stdout },
  );
  if (error) {
    console.error(`${error.message}\n${stderr}`);
    process.exit(1);
  }
}
