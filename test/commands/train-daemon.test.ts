import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { fetchScan, isAddress } from "../../src/commands/train/fetch-scan.js";
import { trainCommand } from "../../src/commands/train.js";
import { openSender } from "../../src/transport/sender.js";
import { anIo, runCommand } from "../fixtures/command-line.js";
import { startCommand } from "../fixtures/daemon.js";
import { aScan, played } from "../fixtures/scan.js";

const folder = mkdtempSync(join(tmpdir(), "braggstream-train-daemon-"));
t.teardown(() => rmSync(folder, { recursive: true }));
const never = new AbortController().signal;
const left = (): string[] => readdirSync(tmpdir()).filter((name) => /^braggstream-train-\w{6}$/.test(name));

/** Pixels of entries. */
function pixelsOf(entries: Uint32Array, count: number): number[] {
  const out = new Array<number>(count).fill(0);
  for (const e of entries) (out[e % 2 ** 25] as number) += e >>> 25;
  return out;
}

t.test("a model from the frames that a daemon keeps, while the scan runs", { timeout: 300_000 }, async (t) => {
  const [rows, columns] = [12, 14];
  const scan = aScan({ rows, columns, size: 24, electrons: 300, descan: 0 });
  const config = join(folder, "line.toml");
  const beam = "[calibration]\nbeam_center = [12, 11]\nbf_radius_px = 2.4\n";
  writeFileSync(config, `[source]\nbind = true\nendpoint = "tcp://127.0.0.1:0"\nsilence_s = 60\n${beam}[denoise]\nmethod = "neighbour"\n`);
  const daemon = startCommand(["run", "--config", config, "--http", "127.0.0.1:0", "--scan", `${rows}x${columns}`]);
  const [, url = ""] = await daemon.printed(/dashboard\s+(http\S+)/);
  const [, endpoint = ""] = await daemon.printed(/frames\s+(tcp\S+)/);
  await t.rejects(
    fetchScan(url, undefined, never, () => {}),
    { code: "bad-file", message: /answers 404: .*no_series/ },
  );
  const sender = await openSender({ endpoint, socket: "push", bind: false, highWaterMark: 1000 });
  const messages = [...played(scan, "dectris-v2")];
  for (const parts of messages.slice(0, 1 + 9 * columns)) await sender.send(parts);
  for (let done = 0; done < 9; await new Promise((r) => setTimeout(r, 20)))
    done = await fetch(`${url}api/v1/series/latest`)
      .then((r) => r.json())
      .then((s: unknown) => (s as { settled_rows?: number }).settled_rows ?? 0);

  const before = left();
  const read = await fetchScan(url, undefined, never, () => {});
  t.match(read, { height: 24, width: 24, grid: { rows, columns } });
  t.match(read.path, /, series \d+T\d+Z-1$/);
  for (const pass of [1, 2]) {
    const lines = [...read.lines()];
    t.equal(lines.length, rows);
    t.ok(
      lines.every((line, r) =>
        line.every((entries, c) => {
          const frame = scan.frames[r * columns + c] as Uint16Array;
          return r < 9 ? entries && pixelsOf(entries, 576).every((n, p) => n === (read.used[p] ? frame[p] : 0)) : entries === null;
        }),
      ),
      `pass ${pass}`,
    );
  }
  read.close?.();
  t.same(left(), before, "nothing stays behind");

  const out = join(folder, "live.onnx");
  const ran = await runCommand(trainCommand, [url, "--out", out, "--steps", "40"]);
  t.match([ran.code, ran.out], [0, /finished after 40 steps/]);
  t.ok(existsSync(out));
  for (const parts of messages.slice(1 + 9 * columns)) await sender.send(parts);
  await sender.close();
  const stop = new AbortController();
  const stopped = fetchScan(url, undefined, stop.signal, () => stop.abort());
  await stopped.then((s) => s.close?.()).catch(() => undefined);
  t.equal(await trainCommand.run([url, "--out", join(folder, "no.onnx")], anIo({ signal: AbortSignal.abort() })), 0);
  await t.rejects(runCommand(trainCommand, [url, "--out", join(folder, "no.onnx"), "--scan", "3x3"]), { code: "bad-usage", at: "--scan" });
  t.same(left(), before);
  await daemon.stop();
});

/** Answers these, by path. */
async function aServer(t: Test, answers: Record<string, Buffer | string>, token?: string): Promise<string> {
  const server = createServer((request, response) => {
    const path = (request.url ?? "").replace("/api/v1/series/latest/", "");
    const found = answers[path];
    const allowed = token === undefined || request.headers.authorization === `Bearer ${token}`;
    response.writeHead(allowed ? (found === undefined ? 404 : 200) : 401).end(allowed ? found : "");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const about = { series: "s", rows: 1, columns: 3, height: 2, width: 2, type: "uint8", low: 0, high: 254, masked: [3] };
const shape = { height: 2, width: 2, type: "uint8", encoding: "none", element: 0, bigEndian: false };
function part(head: unknown, payloads: readonly number[]): Buffer {
  const text = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text, Buffer.from(payloads)]);
}

t.test("rows in parts, frames that cannot be unpacked, several of a position", async (t) => {
  const first = part(
    {
      shapes: [shape],
      frames: [
        [0, 0, 4],
        [0, 0, 4],
        [1, 0, 3],
      ],
      next: 2,
    },
    [1, 0, 2, 9, 5, 5, 5, 5, 1, 1, 1],
  );
  const second = part({ shapes: [shape], frames: [[2, 0, 4]], next: null }, [0, 0, 0, 1]);
  const url = await aServer(t, { frames: JSON.stringify(about), "frames/0?from=0": first, "frames/0?from=2": second }, "secret");
  const scan = await fetchScan(`${url}/api/v1/series/latest/`, "secret", never, () => {});
  const [line] = [...scan.lines()];
  t.same(
    line?.map((entries) => entries && pixelsOf(entries, 4)),
    [[1, 0, 2, 0], null, [0, 0, 0, 0]],
  );
  scan.close?.();
  await t.rejects(
    fetchScan(url, undefined, never, () => {}),
    { code: "bad-file", at: url, message: /BRAGGSTREAM__HTTP__TOKEN/ },
  );
});

t.test("what is no daemon, or answers nonsense, is a fault that names it", async (t) => {
  const good = part({ shapes: [shape], frames: [[0, 0, 4]], next: null }, [1, 2, 3, 4]);
  const tries: readonly (readonly [about: unknown, row: Buffer, says: RegExp])[] = [
    [{}, good, /cannot be read/],
    [{ ...about, rows: 0 }, good, /cannot be read/],
    [{ ...about, type: "float32" }, good, /no counts/],
    [{ ...about, type: "text" }, good, /no counts/],
    [{ ...about, height: 2 ** 14, width: 2 ** 14 }, good, /too large/],
    [{ ...about, rows: 2 ** 23, columns: 2 ** 23 }, good, /too large/],
    [about, Buffer.alloc(0), /cut short/],
    [about, good.subarray(0, 20), /cut short/],
    [about, good.subarray(0, good.length - 1), /cannot be read/],
    [about, part({ shapes: [shape], frames: [[3, 0, 4]], next: null }, [1, 2, 3, 4]), /cannot be read/],
    [about, part({ shapes: [shape], frames: [[0, 1, 4]], next: null }, [1, 2, 3, 4]), /cannot be read/],
    [about, part({ shapes: [shape], frames: [[0, 0, -4]], next: null }, [1, 2, 3, 4]), /cannot be read/],
    [about, part({ shapes: [{ ...shape, width: 3 }], frames: [], next: null }, []), /cannot be read/],
    [about, part({ shapes: [{ ...shape, encoding: "zip" }], frames: [], next: null }, []), /cannot be read/],
    [about, part({ shapes: [], frames: [], next: 9 }, []), /cannot be read/],
    [about, part({ shapes: [], frames: [], next: null }, []), /keeps no frame/],
    [about, part({}, []), /cannot be read/],
    [about, part([], []), /cannot be read/],
    [about, Buffer.from("\u0003\0\0\0{x}"), /cannot be read/],
  ];
  for (const [told, row, says] of tries) {
    const url = await aServer(t, { frames: JSON.stringify(told), "frames/0?from=0": row });
    await t.rejects(
      fetchScan(url, undefined, never, () => {}),
      { name: "Fault", code: "bad-file", at: url, message: says },
      says.source,
    );
  }
  const again = part({ shapes: [shape], frames: [[0, 0, 4]], next: 1 }, [1, 2, 3, 4]);
  const loop = await aServer(t, { frames: JSON.stringify(about), "frames/0?from=0": again, "frames/0?from=1": again });
  await t.rejects(
    fetchScan(loop, undefined, never, () => {}),
    { code: "bad-file", message: /cannot be read/ },
  );
  const text = await aServer(t, { frames: "<html>" });
  await t.rejects(
    fetchScan(text, undefined, never, () => {}),
    { code: "bad-file", message: /cannot be read/ },
  );
  for (const source of ["http://127.0.0.1:1", "http://"])
    await t.rejects(
      fetchScan(source, undefined, never, () => {}),
      { code: "bad-file", at: source },
    );
  t.same(["http://a:1", "https://a", "scan.bsrec"].map(isAddress), [true, true, false]);
});
