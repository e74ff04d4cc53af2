import type { ArchiveAbout, ArchiveAxis } from "../../core/archive.js";
import type { ZarrStore } from "./zarr-store.js";

/** What provides the class of the signal. */
const PROVIDER = { package: "hyperspy", package_version: "1.7.3" } as const;
const NAMES = ["y", "x", "ky", "kx"] as const;

/** What HyperSpy has to know of a signal, besides its array. */
export interface TreeFacts {
  readonly title: string;
  /** UTC, ISO 8601. */
  readonly begun: string;
  /** Of the array. */
  readonly shape: readonly [number, number, number, number];
  readonly about: ArchiveAbout;
}

export const signalPath = (title: string): string => `Experiments/${title}`;

const NOTES = {
  denoised: "Denoised patterns, expected counts. braggstream/maps/pattern_tier: 0 none (filled with 0), 2 provisional, 3 final.",
  raw: "Raw patterns, as they were received: they are not denoised. braggstream/maps/pattern_tier: 0 none (filled with 0), 1 the frame.",
} as const;

const axisOf = (n: number, size: number, { scale, offset, units }: ArchiveAxis): object => ({
  _type: "UniformDataAxis",
  name: NAMES[n],
  size,
  scale,
  offset,
  units,
  navigate: n < 2,
  is_binned: false,
});

/** Makes the groups around the array: the file has signals as HyperSpy writes them. */
export function makeTree(store: ZarrStore, title: string): void {
  store.json(".zattrs", { file_format: "ZSpy", file_format_version: "3.1" });
  store.group("Experiments");
  store.json(`${signalPath(title)}/.zgroup`, { zarr_format: 2 });
  store.json(`${signalPath(title)}/.zattrs`, PROVIDER);
  for (const group of ["learning_results", "attributes", "original_metadata"]) store.group(`${signalPath(title)}/${group}`);
}

/** Axes and metadata, as they are known by now. */
export function describeSignal(store: ZarrStore, { title, begun, shape, about }: TreeFacts): void {
  const root = signalPath(title);
  shape.forEach((size, n) => {
    store.group(`${root}/axis-${n}`, axisOf(n, size, about.axes[n] as ArchiveAxis));
  });
  const [date = "", time = ""] = begun.replace(/\..*/, "").split("T");
  store.group(`${root}/metadata`);
  store.group(`${root}/metadata/General`, { title, date, time, time_zone: "UTC", notes: NOTES[about.signal] });
  store.group(`${root}/metadata/Signal`, { signal_type: "electron_diffraction", quantity: "Counts" });
  if (about.energy === null) return;
  store.group(`${root}/metadata/Acquisition_instrument`);
  store.group(`${root}/metadata/Acquisition_instrument/TEM`, { beam_energy: about.energy });
}
