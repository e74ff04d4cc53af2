/**
 * The one error family. A fault names what went wrong (`code`), where (`at`) and, if there is one, the cause.
 * Bad data on the wire is not a fault but a value (see `MalformedReason`); a bug of our own is a plain Error.
 */
export const FAULT_CODES = {
  "bad-usage": "Read `braggstream COMMAND --help`.",
  "bad-config": "Correct the named key; `braggstream config schema` lists what is allowed.",
  "bad-file": "The file is not what its name says, or is cut short; record or copy it again.",
  "bad-endpoint": "Use tcp://HOST:PORT or ipc://PATH; see whether another program holds the port.",
  "port-taken": "Choose another port, or stop the program that holds it.",
  "not-available": "This version does not have it.",
  "slab-full": "Raise [memory] backlog_mb, or give the daemon more cores.",
  "bad-network": "Give arrays of the type and shape that the network declares.",
  "no-dashboard": "Run `npm run build` first.",
} as const;
export type FaultCode = keyof typeof FAULT_CODES;

export class Fault extends Error {
  readonly code: FaultCode;
  /** Where: a configuration key, a file, an endpoint. */
  readonly at: string;
  constructor(code: FaultCode, at: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "Fault";
    this.code = code;
    this.at = at;
  }
}

export function isFault(e: unknown, code?: FaultCode): e is Fault {
  return e instanceof Fault && (code === undefined || e.code === code);
}
