import { isFault } from "../core/fault.js";
import type { MicroscopeHears, MicroscopeSays } from "./microscope.js";
import { publish } from "./publisher.js";

/** The process of `startMicroscope`: publishes, says how it goes, ends by itself; also when its parent is gone. */
const say = (message: MicroscopeSays): void => {
  if (process.connected) process.send?.(message);
};
const stop = new AbortController();
const halt = (): void => stop.abort();
process.on("disconnect", halt);
process.on("SIGTERM", halt);
// Ctrl-C reaches the whole group; what is to be done about it the parent decides.
process.on("SIGINT", () => {});
process.on("message", (heard: MicroscopeHears) => {
  if (heard.kind === "stop") halt();
  else {
    publish(heard.options, stop.signal, (progress) => say({ kind: "progress", progress }))
      .catch((e: unknown) => {
        if (!isFault(e)) throw e;
        say({ kind: "fault", code: e.code, at: e.at, message: e.message });
      })
      .finally(() => process.disconnect?.());
  }
});
