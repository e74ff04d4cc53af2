import { type DenoiseOptions, DenoiseRun } from "./denoise-run.js";
import type { SeriesNeeds } from "./series-needs.js";
import { reasonNot, rowsOf, type SeriesParts } from "./series-parts.js";

type Notes = Pick<
  DenoiseOptions,
  "onMissed" | "onMethod" | "onAdopted" | "onProvider" | "onPlain" | "onGone" | "onCut" | "onCheap" | "onCheapOver"
>;

/** What people are told of denoising. */
const notesTo = ({ event, tell }: Pick<SeriesNeeds, "event" | "tell">, id: string): Notes => ({
  onMissed: (frames) =>
    event("warn", "denoised-without", `${frames} frames were no longer kept, or are no counts: their rows are denoised without them`, id),
  onMethod: (used) =>
    event(
      "info",
      "denoise-method",
      used === "model"
        ? "patterns are denoised with the model: it foretells counts better"
        : "patterns are denoised without the model: it does not foretell counts better",
      id,
    ),
  onAdopted: ({ epoch, checksum, row, gain }) =>
    tell(
      "info",
      "denoise-adopted",
      `from row ${row} on patterns are denoised with epoch ${epoch} of the model, SHA-256 ${checksum}: fine-tuned on this scan, it foretells held-out counts ${(100 * gain).toFixed(1)} % better`,
      id,
    ),
  onProvider: (problem) => event("warn", "denoise-provider", `the model runs on cpu from now on: ${problem}`, id),
  onPlain: () =>
    tell(
      "info",
      "patterns-plain",
      "there is no time for all patterns of a row with the model: after such a row the next one is made without it ahead of time, until the scan ends",
      id,
    ),
  onGone: (row, frames) =>
    event(
      "warn",
      "patterns-gone",
      `${frames} frames of row ${row} were no longer kept when it was their turn: they have no final pattern, and their neighbours do without them`,
      id,
    ),
  onCut: (positions) =>
    tell(
      "warn",
      "patterns-cut",
      `${positions} positions are left without a final pattern: newer scans wait and there is no archive for them or no memory, or the daemon ends`,
      id,
    ),
  onCheap: (rows) =>
    event(
      "info",
      "denoise-cheap",
      `time is short, ${rows} rows wait to be denoised: patterns are made in the cheap variant, without the model`,
      id,
    ),
  onCheapOver: (patterns) =>
    event("info", "denoise-cheap-over", `patterns are made in the full variant again, after ${patterns} in the cheap one`, id),
});

/** What denoises a series; a string: why nothing does. */
export function openDenoise(s: SeriesParts, centreOf: DenoiseOptions["centreOf"], onIdle: () => void): DenoiseRun | string {
  const { needs: n } = s;
  const { denoise: method } = n;
  if (method === "off") return "denoising is switched off: [denoise] method";
  const reason = reasonNot(s);
  if (reason !== null) return reason;
  return new DenoiseRun({
    ...rowsOf(s),
    centreOf,
    ...notesTo(n, s.id),
    mayGoOn: () => n.mayCatchUp(s.number),
    onRow: n.onDenoised,
    method,
    model: n.model,
    wanted: n.patterns,
    cache: n.patternCache,
    archive: s.archive,
    onMade: n.onPatterns,
    onIdle,
    onCrash: n.onCrash,
  });
}
