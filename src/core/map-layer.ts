export const LAYER_KINDS = ["intensity", "signed", "cyclic", "label", "vector", "mask"] as const;
export type LayerKind = (typeof LAYER_KINDS)[number];
export const LAYER_CLAIMS = ["quantitative", "relative", "exploratory", "categorical"] as const;
export type LayerClaim = (typeof LAYER_CLAIMS)[number];
export type LayerDtype = "float32" | "int32" | "uint8";

/** What a layer is, before it has values. */
export interface LayerSpec {
  readonly name: string;
  readonly kind: LayerKind;
  readonly claim: LayerClaim;
  readonly dtype: LayerDtype;
  readonly unit: string;
  /** Values per position: 1, or the length of the last axis (centre 2). */
  readonly channels: number;
  /** Names of the channels, where each is a map of its own: as many as channels. */
  readonly parts?: readonly string[] | undefined;
  /** A sentence for people. */
  readonly about: string;
  /** What people call it; absent: as their program does. */
  readonly title?: string | undefined;
  /** In files the channels come first, [channels, rows, columns]. */
  readonly channelsFirst?: boolean | undefined;
  /** Its revisions are those of the classes, which are found anew long after a position was measured. */
  readonly apart?: boolean | undefined;
}

/** A map, [rows, columns] or [rows, columns, channels], C order. No result: NaN in float layers, -1 in label layers. */
export interface MapLayer extends LayerSpec {
  readonly rows: number;
  readonly columns: number;
  readonly value: Float32Array | Int32Array | Uint8Array;
  /** Per position; shared between the layers of a series. */
  readonly revision: Uint32Array;
  /** Store sequence of the last change of each row: what a client has not seen is every row above its own number. */
  readonly rowSeq: Float64Array;
  /** Maximum over positions. */
  readonly maxRevision: number;
}

/** The layers of this version, in the order in which people look at them. */
export const LAYERS: readonly LayerSpec[] = [
  {
    name: "sum",
    kind: "intensity",
    claim: "quantitative",
    dtype: "float32",
    unit: "counts",
    channels: 1,
    about: "All counts of the frame",
  },
  {
    name: "bf",
    kind: "intensity",
    claim: "quantitative",
    dtype: "float32",
    unit: "counts",
    channels: 1,
    about: "Counts inside the bright-field disk",
  },
  {
    name: "adf",
    kind: "intensity",
    claim: "quantitative",
    dtype: "float32",
    unit: "counts",
    channels: 1,
    about: "Counts outside 1.1 radii of the bright-field disk",
  },
  {
    name: "com_row",
    kind: "signed",
    claim: "quantitative",
    dtype: "float32",
    unit: "px",
    channels: 1,
    about: "Centre of mass relative to the beam centre, along detector rows",
  },
  {
    name: "com_col",
    kind: "signed",
    claim: "quantitative",
    dtype: "float32",
    unit: "px",
    channels: 1,
    about: "Centre of mass relative to the beam centre, along detector columns",
  },
  {
    name: "centre",
    kind: "vector",
    claim: "quantitative",
    dtype: "float32",
    unit: "px",
    channels: 2,
    about: "Beam centre used (row, column)",
  },
  {
    name: "projections",
    kind: "signed",
    claim: "quantitative",
    dtype: "float32",
    unit: "counts",
    channels: 16,
    about: "Counts in eight rings, and 1-, 2-, 4- and 6-fold angular Fourier coefficients (cos, sin), beyond the bright-field disk",
  },
  {
    name: "tier",
    kind: "mask",
    claim: "categorical",
    dtype: "uint8",
    unit: "",
    channels: 1,
    about: "Quality reached: 0 none, 1 the frame alone, 2 causal neighbours, 3 refined",
  },
  {
    name: "frame_status",
    kind: "mask",
    claim: "categorical",
    dtype: "uint8",
    unit: "",
    channels: 1,
    about: "0 not yet, 1 received, 2 lost, 3 malformed or incomplete",
  },
  {
    name: "neighbours",
    kind: "intensity",
    claim: "quantitative",
    dtype: "float32",
    unit: "frames",
    channels: 1,
    about: "Effective number of frames that the estimate of a position is made of; 1: its own alone",
  },
  {
    name: "label",
    kind: "label",
    claim: "categorical",
    dtype: "int32",
    unit: "",
    channels: 1,
    about: "Class of the position: patterns that are alike but for a turn in the plane",
    apart: true,
  },
  {
    name: "inplane_angle",
    kind: "cyclic",
    claim: "relative",
    dtype: "float32",
    unit: "rad",
    channels: 1,
    about: "Turn of the pattern in the plane from the zero of its class, counter-clockwise, less than 2π / fold",
    apart: true,
  },
  {
    name: "fold",
    kind: "mask",
    claim: "categorical",
    dtype: "uint8",
    unit: "",
    channels: 1,
    about: "Rotational symmetry of the class; 0: no angle",
    apart: true,
  },
  {
    name: "grain",
    kind: "label",
    claim: "categorical",
    dtype: "int32",
    unit: "",
    channels: 1,
    about: "Connected region of one class and one direction",
    apart: true,
  },
  {
    name: "boundary",
    kind: "intensity",
    claim: "exploratory",
    dtype: "float32",
    unit: "",
    channels: 1,
    about: "1 where a neighbour is of another region",
    apart: true,
  },
  {
    name: "confidence",
    kind: "intensity",
    claim: "exploratory",
    dtype: "float32",
    unit: "",
    channels: 1,
    about: "How sure class and angle are, 0 to 1",
    apart: true,
  },
  {
    name: "novelty",
    kind: "signed",
    claim: "exploratory",
    dtype: "float32",
    unit: "σ",
    channels: 1,
    about: "How much worse its classes explain the pattern than Poisson noise would make it, in standard deviations",
    apart: true,
  },
  {
    name: "weights",
    kind: "intensity",
    claim: "exploratory",
    dtype: "float32",
    unit: "",
    // As many as there are components: not known before.
    channels: 0,
    about: "Share of the component in the electrons of the position",
    apart: true,
    channelsFirst: true,
  },
];
export const layerSpec = (name: string): LayerSpec => {
  const s = LAYERS.find((l) => l.name === name);
  if (!s) throw new Error(`no layer is called ${name}`);
  return s;
};

export const FRAME_STATUS = { notYet: 0, received: 1, lost: 2, malformed: 3 } as const;
export const TIER = { none: 0, frame: 1, causal: 2, refined: 3 } as const;
