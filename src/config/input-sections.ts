import { z } from "zod";
import { MAX_SIDE } from "../core/frame.js";
import { MAX_POSITIONS, SCAN_ORDERS } from "../core/scan.js";
import { DETECTOR_EXAMPLE, MOST_DETECTORS, readDetector } from "../core/virtual-detector.js";
import { parseEndpoint } from "./addresses.js";

/** The sections that say what comes in: stream, scan, detector, calibration. How fields are declared: see schema.ts. */

/** Where a protocol's sender listens when nothing else is said. */
export const DEFAULT_ENDPOINTS = {
  "dectris-v1": "tcp://127.0.0.1:9999",
  "dectris-v2": "tcp://127.0.0.1:31001",
  "array-1.0": "tcp://127.0.0.1:31002",
  sls: "tcp://127.0.0.1:30001",
} as const;
export type Protocol = keyof typeof DEFAULT_ENDPOINTS;
export const PROTOCOLS = Object.keys(DEFAULT_ENDPOINTS) as [Protocol, ...Protocol[]];

/** A file or folder. */
export const path = z.string().min(1).nullable().default(null);
const TURN = 2 * Math.PI;
const angle = z.number().min(-TURN).max(TURN);
const px = z.number().min(0).max(MAX_SIDE);
const side = z.number().int().min(1).max(65536);

export const source = z
  .strictObject({
    protocol: z.enum(PROTOCOLS).default("dectris-v2").meta({ description: "Wire protocol of the detector." }),
    endpoint: z
      .string()
      .refine((text) => parseEndpoint(text) !== null)
      .default(DEFAULT_ENDPOINTS["dectris-v2"])
      .meta({
        allowed: "tcp://HOST:PORT or ipc://PATH",
        description: `ZeroMQ endpoint to connect to, or to listen on with bind = true. Default by protocol: ${PROTOCOLS.map((p) => `${p} ${DEFAULT_ENDPOINTS[p]}`).join(", ")}.`,
      }),
    bind: z.boolean().default(false).meta({ description: "Listen on the endpoint instead of connecting to it." }),
    socket: z
      .enum(["auto", "pull", "sub"])
      .default("auto")
      .meta({ description: "ZeroMQ socket on our side. auto: what the protocol's senders expect (sls: sub, all others: pull)." }),
    receiver: z.enum(["auto", "fast", "zeromq"]).default("auto").meta({
      description:
        "What reads the socket. fast: straight into the memory for frames, over tcp, connecting (bind = false), without encryption, from senders of ZMTP 3.0 and later (libzmq 4). zeromq: libzmq, for everything. auto: fast where it fits.",
    }),
    topic: z.string().default("").meta({ description: "Subscription prefix; only a sub socket uses it." }),
    channel: z.string().min(1).nullable().default(null).meta({
      description: "Channel that drives the live maps, for example threshold_1. Not set: the first one announced.",
    }),
    receive_hwm: z.number().int().min(1).max(1_000_000).default(4096).meta({
      unit: "messages",
      description:
        "Messages that the socket itself may hold before the sender has to wait or drop. The fast receiver holds none: what is read lies in the memory for frames.",
    }),
    silence_s: z.number().min(0.1).max(86400).default(10).meta({
      unit: "s",
      description:
        "No message for so long while a series is open: it is stalled, then ended. A series whose first image has not come waits longer.",
    }),
  })
  .meta({ description: "Where the frames come from." });

export const scan = z
  .strictObject({
    shape: z
      .tuple([side, side])
      .refine(([rows, columns]) => rows * columns <= MAX_POSITIONS)
      .nullable()
      .default(null)
      .meta({
        allowed: `[rows, cols], whole numbers from 1 to 65536, rows × cols at most ${MAX_POSITIONS}`,
        unit: "positions",
        description:
          "Rows and columns of the scan. The flag --scan and the stream's own word go before it. Not set: a square guess, shown as one.",
      }),
    order: z.enum(SCAN_ORDERS).default("raster").meta({
      description: "Order in which positions are visited. serpentine: every second row reversed; positions: as listed in positions_file.",
    }),
    positions_file: path.meta({
      format: "path",
      description:
        'Rows and columns visited, in order: text with two whole numbers per line, or .npy [n, 2]. Needed, with shape, by order = "positions".',
    }),
    skip_start: z
      .number()
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(0)
      .meta({ unit: "frames", description: "Frames dropped before the first position." }),
    line_skip: z
      .number()
      .int()
      .min(0)
      .max(1_000_000)
      .default(0)
      .meta({ unit: "frames", description: "Settling or flyback frames per line." }),
    line_skip_at: z.enum(["start", "end"]).default("start").meta({ description: "Where in a line the frames of line_skip stand." }),
    frames_per_position: z
      .number()
      .int()
      .min(1)
      .max(65536)
      .default(1)
      .meta({ unit: "frames", description: "Frames taken at every position." }),
    step_nm: z
      .number()
      .gt(0)
      .max(1e6)
      .nullable()
      .default(null)
      .meta({ unit: "nm", description: "Distance of neighbouring positions. Not set: unknown; scale bars are in px." }),
  })
  .meta({ description: "Which probe position a frame belongs to." });

export const detector = z
  .strictObject({
    mask: path.meta({
      format: "path",
      description: "Mask of the detector, .npy, 0 good. Not set: from the stream and from sentinel values.",
    }),
    flip_rows: z.boolean().default(false).meta({ description: "Turn the detector image upside down." }),
    flip_cols: z.boolean().default(false).meta({ description: "Mirror the detector image left to right." }),
    transpose: z.boolean().default(false).meta({ description: "Exchange rows and columns of the detector image, after the flips." }),
    virtual: z
      .array(z.string().refine((text) => typeof readDetector(text) !== "string"))
      .max(MOST_DETECTORS)
      .default([])
      .meta({
        allowed: `a list of up to ${MOST_DETECTORS} texts ${DETECTOR_EXAMPLE}`,
        description:
          "Virtual detectors that every scan begins with: a ring about the followed beam, or sectors of it, angles from +col towards +row; counted in polar bins. More can be placed while scans run.",
      }),
  })
  .meta({ description: "How the detector is mounted, and its virtual detectors." });

export const calibration = z
  .strictObject({
    energy_kev: z
      .number()
      .min(1)
      .max(10_000)
      .nullable()
      .default(null)
      .meta({ unit: "keV", description: "Energy of the beam. Not set: unknown." }),
    pixel_size_inv_angstrom: z.number().gt(0).max(10).nullable().default(null).meta({
      unit: "1/Å",
      description: "Size of a detector pixel in reciprocal space, 1/d convention without 2π. Not set: unknown.",
    }),
    beam_center: z
      .tuple([px, px])
      .nullable()
      .default(null)
      .meta({
        allowed: `[row, col], numbers from 0 to ${MAX_SIDE}`,
        unit: "px",
        description: "Row and column of the direct beam. Not set: measured and followed along the scan (descan).",
      }),
    bf_radius_px: z
      .number()
      .gt(0)
      .max(MAX_SIDE)
      .nullable()
      .default(null)
      .meta({ unit: "px", description: "Radius of the bright-field disk. Not set: measured." }),
    ellipse: z
      .tuple([z.number().min(1).max(10), angle])
      .default([1, 0])
      .meta({
        allowed: "[ratio, angle], ratio from 1 to 10, angle from -2π to 2π",
        unit: "1, rad",
        description:
          "Distortion of the diffraction pattern: major/minor axis, and angle of the major axis from +col towards +row. It is undone in polar counts and what is made of them.",
      }),
    scan_rotation: angle.default(0).meta({
      allowed: "a number from -2π to 2π",
      unit: "rad",
      description: "Rotation from scan +col to detector +col, right-handed about the beam.",
    }),
  })
  .meta({ description: "What is known of the instrument." });
