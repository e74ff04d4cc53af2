import { parseListen } from "../../config/index.js";
import { listenObstacle } from "../../transport/probe.js";
import { type Check, fail, ok, warn } from "./check.js";

const NAME = "http";
const ANSWER_MS = 2000;

/** Whether the daemon could serve at its address, and if not, whether a daemon is there already. */
export async function checkHttp(listen: string): Promise<Check> {
  const at = parseListen(listen);
  if (!at) return fail(NAME, `${listen} is no address`, "correct http.listen");
  const obstacle = await listenObstacle(at);
  if (obstacle === null) return ok(NAME, `${listen} is free${at.loopback ? "" : ", and can be reached from other machines"}`);
  if (obstacle !== "EADDRINUSE")
    return fail(NAME, `cannot listen at ${listen} (${obstacle})`, "choose an address of this machine and a port above 1023 in http.listen");
  if (await isBraggstream(at.host, at.port))
    return warn(NAME, `a braggstream daemon runs at ${listen} already`, "nothing, if that is the one you want; else choose another port");
  return fail(NAME, `another program holds ${listen}`, "stop it, or choose another port in http.listen");
}

/** The interface of a daemon, with or without permission to read it, is told by its series list or its errors. */
async function isBraggstream(host: string, port: number): Promise<boolean> {
  const name = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  try {
    const url = `http://${name.includes(":") ? `[${name}]` : name}:${port}/api/v1/series`;
    const answer: unknown = await (await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) })).json();
    if (typeof answer !== "object" || answer === null) return false;
    return "series" in answer || ("error" in answer && typeof answer.error === "object" && answer.error !== null && "code" in answer.error);
  } catch {
    return false;
  }
}
