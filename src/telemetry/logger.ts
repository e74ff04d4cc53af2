import { type Logger, pino } from "pino";
import pretty from "pino-pretty";

/** Where a room puts what it has to say; one object of details, then one sentence. */
export type Log = Pick<Logger, "debug" | "info" | "warn" | "error" | "fatal">;

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

interface LoggerOptions {
  readonly level: LogLevel;
  /** For people at a terminal; otherwise one JSON object per line. */
  readonly pretty: boolean;
}

/** A reader of stderr that stands still costs this much memory, then lines are dropped: a log never stops the scan. */
const MAX_BUFFER = 1 << 20;
const STDERR = 2;

/** The logger of the daemon, on stderr: stdout belongs to summaries. */
export function createLogger(options: LoggerOptions): Logger {
  const stream = options.pretty
    ? pretty({ destination: STDERR, colorize: process.stderr.isTTY === true, ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss.l" })
    : pino.destination({ fd: STDERR, sync: false, maxLength: MAX_BUFFER });
  return pino({ level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream);
}
