import { z } from "zod";
import { ARCHIVE_BINS } from "../core/archive.js";
import { EXECUTION_PROVIDERS, PATTERNS_WANTED } from "../core/denoise.js";
import { parseListen } from "./addresses.js";
import { calibration, detector, path, scan, source } from "./input-sections.js";

/**
 * Every key of the configuration, declared once: type, range, default, unit, sentence. Types, JSON Schema, the reference
 * page, `config print` and the dashboard's list derive from it. `null`: not set.
 *
 * meta: `unit`; `description`; `allowed`, what is allowed, where the type alone does not tell; `available`, the values that
 * this version can honour, where it cannot honour all (unset always passes); `writeOnly`, a secret; `format: "path"`, a file
 * or folder, relative to the configuration file that names it.
 */

const denoise = z
  .strictObject({
    method: z.enum(["auto", "off", "neighbour", "model"]).default("auto").meta({
      description:
        "How patterns are denoised: neighbour, from the neighbouring positions, without training; model, the same refined by a trained network. auto: the model while it foretells counts of the scan better, which is measured as rows come.",
    }),
    model: path.meta({
      format: "path",
      description: "Network for model and auto, .onnx, made by `braggstream train`. Not set: the one that comes with the program.",
    }),
    patterns: z.enum(PATTERNS_WANTED).default("asked").meta({
      description:
        "Patterns of detector size that are made: of positions that somebody looks at, or of all. all: while nothing else is to be done, newest rows first, provisional ones while the scan runs and final ones before its series is over; as many as fit into [memory] patterns_mb can be looked at after their frames are gone.",
    }),
    adapt: z.boolean().default(false).meta({
      description:
        "With method model and auto: fine-tune the network on each scan while it runs, in a thread of low priority. New weights are taken where they foretell held-out counts more than 1 % better, as another epoch; they hold for that scan alone.",
    }),
    provider: z.enum(EXECUTION_PROVIDERS).default("cpu").meta({
      description:
        "What the network is computed with, an execution provider of ONNX Runtime. webgpu needs a graphics driver (Vulkan, Metal, Direct3D 12), cuda the CUDA libraries of ONNX Runtime, which do not come with the program; their results differ from those of cpu in the last digits. Where it cannot be had: cpu, with a warning.",
    }),
  })
  .meta({ description: "Denoising of diffraction patterns." });

const components = z
  .strictObject({
    max: z.number().int().min(0).max(256).default(32).meta({
      description:
        "Upper limit of components; 0: none are looked for. Where there would be more, those that are least clearly two are one, but what is crystalline and what is not stay two. The layer weights is left out where there are more than 32.",
    }),
    library: path.meta({
      format: "path",
      description:
        "File with the classes of earlier scans, .bscomp: ids, names and colours go on from it, and it is written after every scan. It is made where it is not there.",
    }),
    freeze: z.boolean().default(false).meta({
      description:
        "The classes of the library stay as they are and are all there are, and it is not written: what is like none of them has no class (-1), and its novelty tells how far it is from the class that it is most like.",
    }),
  })
  .meta({ description: "Components found in the patterns." });

const phases = z
  .array(z.strictObject({ name: z.string().min(1), cif: z.string().min(1), point_group: z.string().min(1).optional() }))
  .default([])
  .meta({
    available: [[]],
    allowed: "a list of tables with name, cif and, if wanted, point_group",
    description: "Crystal phases to match against. This version matches none.",
  });

const strain = z
  .strictObject({
    reference: z
      .string()
      .min(1)
      .default("median")
      .meta({
        available: ["median"],
        description: "What strain is relative to: median, roi, or the ideal lattice of a phase. This version maps no strain.",
      }),
  })
  .meta({ description: "Strain mapping." });

const archive = z
  .strictObject({
    directory: path.meta({
      format: "path",
      description:
        'Folder that receives one store per series, ID.zspy, which HyperSpy opens, also while the scan runs; it is made where it is not there. Implies [denoise] patterns = "all".',
    }),
    raw: z.boolean().default(true).meta({ description: "Keep the compressed frames as received in the store." }),
    bin: z
      .literal(ARCHIVE_BINS)
      .default(1)
      .meta({ unit: "px", description: "Patterns are summed over squares of so many detector pixels; frames as received are not." }),
  })
  .meta({ description: "What is written to disk." });

const megabytes = (least: number) => z.number().int().min(least).max(1_048_576);
const memory = z
  .strictObject({
    backlog_mb: megabytes(16)
      .default(1024)
      .meta({ unit: "MiB", description: "Frames received and not yet processed. When it is full, the socket is not read." }),
    frames_mb: megabytes(0)
      .default(2048)
      .meta({ unit: "MiB", description: "Compressed frames kept for hovering and refinement; the oldest go first." }),
    reserve: z.boolean().default(true).meta({
      description:
        "Have the system give the memory of both, backlog_mb and frames_mb, while no frames come, from a second after start on, as long as half of the machine's memory stays available: given when frames need it, it costs more than receiving them. false: it is taken as it is needed.",
    }),
    patterns_mb: megabytes(0).default(512).meta({
      unit: "MiB",
      description:
        'Denoised patterns that are kept with [denoise] patterns = "all", 4 bytes per pixel; those of the oldest series go first.',
    }),
    maps_mb: megabytes(16).default(4096).meta({
      unit: "MiB",
      description:
        "Maps of all series that are kept, about 185 bytes per position; the oldest series go first, and where patterns of many wait to be archived those of the oldest are left. Of a scan that is larger only the rows that fit are mapped.",
    }),
    keep_series: z.number().int().min(1).max(1000).default(4).meta({ unit: "series", description: "Finished series that stay queryable." }),
  })
  .meta({ description: "How much memory may be used." });

const lanes = z
  .strictObject({
    pixel: z
      .number()
      .int()
      .min(0)
      .max(256)
      .default(0)
      .meta({ unit: "threads", description: "Threads that decode and measure frames. 0: one less than there are cores, at least 1." }),
    most_lag_s: z.number().min(0.05).max(3600).default(1).meta({
      unit: "s",
      description: "How far the maps may be behind the detector before part of the positions is put off, so that the rest stays live.",
    }),
  })
  .meta({ description: "How many threads work." });

const http = z
  .strictObject({
    listen: z
      .string()
      .refine((text) => parseListen(text) !== null)
      .default("127.0.0.1:8080")
      .meta({
        allowed: "HOST:PORT, an IPv6 address in brackets; port 0: any free one",
        description: "Address of the dashboard and the HTTP interface.",
      }),
    token: z
      .string()
      .regex(/^[\x21-\x7e]{16,512}$/)
      .nullable()
      .default(null)
      .meta({
        allowed: "16 to 512 characters of visible ASCII, no blanks",
        writeOnly: true,
        description: "Secret that clients present. Demanded when listen is not a loopback address.",
      }),
    allowed_hosts: z
      .array(z.string().regex(/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?$/))
      .max(64)
      .default([])
      .meta({
        allowed: "a list of up to 64 host names, each with or without :PORT",
        description: "Names besides the listen address by which browsers may call the server.",
      }),
  })
  .meta({ description: "Dashboard and HTTP interface." });

const rescan = z
  .strictObject({
    mode: z
      .enum(["off", "dry_run", "ask", "automatic"])
      .default("dry_run")
      .meta({
        available: ["off", "dry_run"],
        description: "What becomes of proposals to scan a region again. This version proposes none.",
      }),
  })
  .meta({ description: "Scanning regions again." });

/** Order of the sections as people read them. */
export const schema = z
  .strictObject({ phases, source, scan, detector, calibration, denoise, components, strain, archive, memory, lanes, http, rescan })
  .meta({ title: "braggstream configuration" });

type Deep<T> = T extends readonly unknown[] | string | number | boolean | null | undefined
  ? T extends readonly unknown[]
    ? { readonly [I in keyof T]: Deep<T[I]> }
    : T
  : { readonly [K in keyof T]: Deep<T[K]> };

/** The effective configuration; names and units as in the file. */
export type Config = Deep<z.output<typeof schema>>;
