import { Fault } from "../core/fault.js";
import { FAULTS_HELP, parseFaults } from "../microscope/faults.js";
import { OPTICS, type Optics, radiusOf } from "../microscope/optics.js";
import { type MicroscopeOptions, type Progress, publish } from "../microscope/publisher.js";
import type { SeriesCounts } from "../microscope/series-counts.js";
import { PROTOCOLS } from "../microscope/series-writer.js";
import { type Command, numberFlag, type ParsedFlags, parseFlags, wordFlag } from "./command.js";
import { byteText, progressLine } from "./progress-line.js";

const FLAGS = {
  bind: "text",
  protocol: "text",
  socket: "text",
  fps: "text",
  scan: "text",
  size: "text",
  dose: "text",
  seed: "text",
  convergence: "text",
  precession: "text",
  rotation: "text",
  faults: "text",
  scans: "text",
  pause: "text",
} as const;

const help = `\
braggstream simulate --bind ENDPOINT [flags]

The virtual microscope alone: a precessed 200 kV probe scans a polycrystal of aluminium and titanium grains with an
amorphous patch and a hole, and a detector publishes the patterns (uint16, bslz4) over ZeroMQ.

It waits for the first receiver, then never again: like a detector it sends at its rate, and drops and counts what the
socket does not take.

  --bind ENDPOINT    address to listen on, e.g. tcp://127.0.0.1:31001 (port * takes a free one)
  --protocol NAME    ${PROTOCOLS.join(", ")} (default ${PROTOCOLS[0]})
  --socket KIND      push or pub (default push)
  --fps N            images per second (default 1000)
  --scan ROWSxCOLS   shape of the scan (default 128x128)
  --size N           pixels per side of the detector, 32 to 1024 (default 192)
  --dose N           electrons per pattern (default 2000)
  --seed N           another number, another specimen and other noise (default 1)
  --convergence MRAD semi-angle of the probe, 0.3 to 5 (default 2.04)
  --precession MRAD  of the probe (default 12); 0: none, and disks have the contrast of the rocking curve
  --rotation DEG     by which the detector sees patterns turned, clockwise on the screen (default 0)
  --scans N          end after so many scans (default: until stopped)
  --pause SECONDS    between scans (default 1)
  --faults LIST      what goes wrong, e.g. loss=0.05,swap=0.01,no-end
${FAULTS_HELP.replace(/^/gm, "  ")}

The patterns of the first 256 MiB are kept and sent again in the next scan.`;

/** `simulate`: the virtual microscope alone. */
export const simulateCommand: Command = {
  name: "simulate",
  about: "a virtual microscope that publishes scans like a detector",
  help,
  async run(args, io) {
    const flags = parseFlags(args, FLAGS, 0);
    if (flags.on.has("help")) {
      io.out(help);
      return 0;
    }
    const options = optionsOf(flags);
    const line = progressLine(io);
    let announced = false;
    const totals = { series: 0, sent: 0, dropped: 0 };
    await publish(options, io.signal, (progress) => {
      if (!announced) io.err(`virtual microscope at ${progress.endpoint} (${options.protocol}), waiting for a receiver`);
      announced = true;
      const { series } = progress;
      if (!series) return;
      if (!series.over) line.show(progressText(series, progress));
      else {
        totals.series++;
        totals.sent += series.sent;
        totals.dropped += series.dropped;
        line.leave();
        io.out(summaryText(series));
      }
    });
    io.err(`${totals.series} series, ${totals.sent} images sent, ${totals.dropped} dropped`);
    return 0;
  },
};

function optionsOf({ text }: ParsedFlags): MicroscopeOptions {
  const endpoint = text.bind;
  if (endpoint === undefined) throw new Fault("bad-usage", "--bind", "--bind ENDPOINT is needed, e.g. --bind tcp://127.0.0.1:31001");
  const shape = /^(\d{1,5})[x×](\d{1,5})$/i.exec(text.scan ?? "128x128");
  const [rows, columns] = [Number(shape?.[1]), Number(shape?.[2])];
  if (!(rows > 0 && columns > 0 && rows * columns <= 1 << 22)) {
    throw new Fault(
      "bad-usage",
      "--scan",
      `--scan must be ROWSxCOLS, at most 4194304 positions, for example 128x128, not ${JSON.stringify(text.scan)}`,
    );
  }
  return {
    endpoint,
    protocol: wordFlag("--protocol", text.protocol ?? PROTOCOLS[0], PROTOCOLS),
    socket: wordFlag("--socket", text.socket ?? "push", ["push", "pub"]),
    fps: numberFlag("--fps", text.fps ?? "1000", 0.01, 1e6),
    rows,
    columns,
    size: numberFlag("--size", text.size ?? "192", 32, 1024, true),
    dose: numberFlag("--dose", text.dose ?? "2000", 1, 1e6),
    seed: numberFlag("--seed", text.seed ?? "1", 0, 2 ** 31 - 1, true),
    optics: opticsOf(text),
    faults: parseFaults(text.faults ?? ""),
    scans: text.scans === undefined ? Number.POSITIVE_INFINITY : numberFlag("--scans", text.scans, 1, 1e9, true),
    pauseBetweenScans_s: numberFlag("--pause", text.pause ?? "1", 0, 86400),
  };
}

function opticsOf({ convergence, precession, rotation }: ParsedFlags["text"]): Optics {
  return {
    rotation: (numberFlag("--rotation", rotation ?? "0", -360, 360) * Math.PI) / 180,
    probeRadius: convergence === undefined ? OPTICS.probeRadius : radiusOf(numberFlag("--convergence", convergence, 0.3, 5)),
    precession: precession === undefined ? OPTICS.precession : radiusOf(numberFlag("--precession", precession, 0, 50)),
  };
}

function progressText(series: Readonly<SeriesCounts>, { slipped_s }: Progress): string {
  const done = series.sent + series.dropped + series.lost - series.copies;
  const rate = series.seconds > 0 ? Math.round(done / series.seconds) : 0;
  const late = slipped_s > 0 ? `, rendering is ${slipped_s.toFixed(1)} s behind` : "";
  return `scan ${series.scan}: ${done}/${series.announced} images, ${rate}/s, ${series.dropped} dropped${late}`;
}

/** One line per series, exact: key=value. */
function summaryText(s: Readonly<SeriesCounts>): string {
  const pairs = {
    scan: s.scan,
    series: s.series,
    unique_id: s.uniqueId,
    announced: s.announced,
    sent: s.sent,
    dropped: s.dropped,
    lost: s.lost,
    copies: s.copies,
    swaps: s.swaps,
    corrupted: s.corrupted,
    ended: s.ended,
    seconds: s.seconds.toFixed(3),
  };
  return `${Object.entries(pairs)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ")} (${byteText(s.bytes)})`;
}
