import type { Command } from "./command.js";
import { firstOver, onceExitCode, startDaemon, summaryLine } from "./daemon.js";
import { LINE_FLAGS_HELP, loadConfig } from "./flags.js";
import { raised } from "./raised.js";

export const runCommand: Command = {
  name: "run",
  about: "the daemon: follows a detector and serves the dashboard",
  help: `braggstream run [flags]

Connects to the detector's stream, draws maps while the scan runs, and serves the dashboard until it is stopped.

${LINE_FLAGS_HELP}

Exit code with --once: 0 when the series finished with nothing lost or malformed, otherwise 3.`,
  async run(args, io) {
    const loaded = await loadConfig(args, io);
    const began = performance.now();
    const daemon = await startDaemon(loaded, io.tty);
    io.err(`dashboard  ${daemon.url}`);
    io.err(`frames     ${daemon.line.endpoint} (${loaded.config.source.protocol})`);
    try {
      if (!loaded.flags.once) {
        await Promise.race([raised(io.signal), daemon.line.crashed]);
        return 0;
      }
      const series = await Promise.race([firstOver(daemon.line, loaded.flags.waitSeconds, io.signal), daemon.line.crashed]);
      await daemon.close();
      io.out(summaryLine(series ?? daemon.line.newest(), (performance.now() - began) / 1000));
      return io.signal.aborted ? 0 : onceExitCode(series);
    } finally {
      await daemon.close();
    }
  },
};
