import type { Command } from "./command.js";

export interface CommandEntry {
  readonly name: string;
  /** One line, as in the command itself: so that the list needs no command to be loaded. */
  readonly about: string;
  load(): Promise<Command>;
}

/** Every command, one file each. Loaded when called: a module that does not load on a machine stops only its own command. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "demo",
    about: "virtual microscope, daemon and dashboard on this machine",
    load: async () => (await import("./demo.js")).demoCommand,
  },
  {
    name: "run",
    about: "the daemon: follows a detector and serves the dashboard",
    load: async () => (await import("./run.js")).runCommand,
  },
  {
    name: "simulate",
    about: "a virtual microscope that publishes scans like a detector",
    load: async () => (await import("./simulate.js")).simulateCommand,
  },
  {
    name: "replay",
    about: "send a recording out of a socket",
    load: async () => (await import("./replay.js")).replayCommand,
  },
  {
    name: "record",
    about: "store incoming messages untouched",
    load: async () => (await import("./record.js")).recordCommand,
  },
  {
    name: "train",
    about: "train the denoiser on recorded scans, or those of a running daemon",
    load: async () => (await import("./train.js")).trainCommand,
  },
  {
    name: "config",
    about: "print, check or describe the configuration",
    load: async () => (await import("./config.js")).configCommand,
  },
  {
    name: "doctor",
    about: "check configuration, endpoint, port, model, memory, disk and installation",
    load: async () => (await import("./doctor.js")).doctorCommand,
  },
  {
    name: "bench",
    about: "the repeatable benchmarks: a table, and JSON",
    load: async () => (await import("./bench.js")).benchCommand,
  },
];

/** Commands of the interface that some version has. */
export const PROMISED = ["demo", "run", "replay", "simulate", "record", "train", "export", "doctor", "config", "bench"] as const;
