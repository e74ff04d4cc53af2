/**
 * Colour tables of 256 RGBA entries. viridis, cividis, magma: the matplotlib tables, interpolated between eleven of
 * their entries (CC0, van der Walt and Smith; cividis: Nuñez, Anderton, Renslow 2018). Cyclic: equal OKLCH lightness
 * and chroma (Ottosson 2020). Classes: Okabe and Ito 2008.
 */
const ANCHORS = {
  viridis: "440154 482475 414487 355f8d 2a788e 21918c 22a884 44bf70 7ad151 bddf26 fde725",
  cividis: "00204c 05366e 2b446e 46536b 5d616e 737075 8b8178 a59277 c1a471 deb864 ffe945",
  magma: "000004 140e36 3b0f70 641a80 8c2981 b73779 de4968 f7705c fe9f6d fecf92 fcfdbf",
  grey: "000000 ffffff",
  "grey inverted": "ffffff 000000",
  "blue orange": "08306b 2166ac 5b9bd0 a9cde5 f4f4f1 f8cf9d ea9a4e c35a17 7f2704",
  "blue orange dark": "a6dcff 55a8e0 2a6ca8 173a5e 11151b 5a3413 a4601e e0954a ffd8a6",
} as const;

/** Entry 0 is neutral: "none" in every categorical layer that has it. */
const CLASSES = "4a525d 0072b2 e69f00 009e73 cc79a7 56b4e9 d55e00 f0e442";

export const SEQUENTIAL = ["viridis", "cividis", "magma", "grey", "grey inverted"] as const;
export const DIVERGING = ["blue orange", "blue orange dark"] as const;
export const CYCLIC = ["wheel"] as const;
export const CATEGORICAL = ["classes"] as const;
export type TableName = (typeof SEQUENTIAL)[number] | (typeof DIVERGING)[number] | (typeof CYCLIC)[number] | (typeof CATEGORICAL)[number];
export const TABLE_NAMES: readonly TableName[] = [...SEQUENTIAL, ...DIVERGING, ...CYCLIC, ...CATEGORICAL];

type Rgb = readonly [number, number, number];
const rgb = (hex: string): Rgb => [0, 2, 4].map((i) => Number.parseInt(hex.slice(i, i + 2), 16)) as unknown as Rgb;

function between(anchors: readonly Rgb[]): Uint8Array {
  const out = new Uint8Array(1024);
  for (let i = 0; i < 256; i++) {
    const x = (i / 255) * (anchors.length - 1);
    const k = Math.min(anchors.length - 2, Math.floor(x));
    const a = anchors[k] as Rgb;
    const b = anchors[k + 1] as Rgb;
    for (const c of [0, 1, 2] as const) out[4 * i + c] = Math.round(a[c] + (b[c] - a[c]) * (x - k));
    out[4 * i + 3] = 255;
  }
  return out;
}

const gamma = (x: number): number => {
  const c = x < 0 ? 0 : x > 1 ? 1 : x;
  return Math.round(255 * (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055));
};
/** OKLCH to sRGB bytes; hue in radians. */
function oklch(lightness: number, chroma: number, hue: number): Rgb {
  const a = chroma * Math.cos(hue);
  const b = chroma * Math.sin(hue);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    gamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    gamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    gamma(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}
function wheel(): Uint8Array {
  const out = new Uint8Array(1024);
  for (let i = 0; i < 256; i++) out.set([...oklch(0.74, 0.125, (2 * Math.PI * i) / 256 + 0.35), 255], 4 * i);
  return out;
}
function classes(): Uint8Array {
  const list = CLASSES.split(" ").map(rgb);
  const out = new Uint8Array(1024);
  for (let i = 0; i < 256; i++) out.set([...(list[i % list.length] as Rgb), 255], 4 * i);
  return out;
}

const made = new Map<TableName, Uint8Array>();
/** 256 RGBA entries; the same array each time. */
export function colourTable(name: TableName): Uint8Array {
  let table = made.get(name);
  if (!table) {
    if (name === "wheel") table = wheel();
    else if (name === "classes") table = classes();
    else table = between(ANCHORS[name].split(" ").map(rgb));
    made.set(name, table);
  }
  return table;
}
