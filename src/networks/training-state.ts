/** Training as bytes, to go on from later: a mark, four numbers (float64), four lists of parameters (float32); little endian. */
import { Fault } from "../core/fault.js";
import { PARAMETERS } from "./bank-network.js";
import type { TrainingState } from "./train-bank.js";

const MARK = new TextEncoder().encode("BTRAIN1\n");
const NUMBERS = ["step", "deviance", "sinceBest", "startDeviance"] as const;
const LISTS = ["parameters", "momentum", "power", "best"] as const;
const LISTS_AT = MARK.length + 8 * NUMBERS.length;
const BYTES = LISTS_AT + 4 * PARAMETERS * LISTS.length;

export function encodeTrainingState(state: TrainingState): Uint8Array {
  const out = new Uint8Array(BYTES);
  out.set(MARK);
  const view = new DataView(out.buffer);
  for (const [i, name] of NUMBERS.entries()) view.setFloat64(MARK.length + 8 * i, state[name], true);
  for (const [i, name] of LISTS.entries())
    for (const [j, v] of state[name].entries()) view.setFloat32(LISTS_AT + 4 * (i * PARAMETERS + j), v, true);
  return out;
}

/** `path` is for messages. Fault bad-file. */
export function decodeTrainingState(bytes: Uint8Array, path: string): TrainingState {
  const refuse = (what: string): never => {
    throw new Fault("bad-file", path, `${path}: ${what}`);
  };
  if (!MARK.every((byte, i) => bytes[i] === byte)) refuse("not a training state of this version");
  if (bytes.length !== BYTES) refuse(`${bytes.length} bytes, where a training state has ${BYTES}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const number = (i: number): number => view.getFloat64(MARK.length + 8 * i, true);
  const list = (i: number): Float32Array =>
    Float32Array.from({ length: PARAMETERS }, (_, j) => view.getFloat32(LISTS_AT + 4 * (i * PARAMETERS + j), true));
  const [step, deviance, sinceBest, startDeviance] = [number(0), number(1), number(2), number(3)];
  const [parameters, momentum, power, best] = [list(0), list(1), list(2), list(3)];
  if (![step, sinceBest].every((n) => Number.isSafeInteger(n) && n >= 0)) refuse("its numbers of steps are no counts");
  if (![deviance, startDeviance, ...parameters, ...momentum, ...power, ...best].every(Number.isFinite))
    refuse("it holds what is no number");
  if (power.some((v) => v < 0)) refuse("it holds a negative power of a derivative");
  return { step, deviance, sinceBest, startDeviance, parameters, momentum, power, best };
}
