/** Put in by the build. */
declare const BRAGGSTREAM_WORKER: string;
declare const BRAGGSTREAM_VERSION: string;

declare module "*.css";

interface Window {
  __braggstream?: import("./lib/counters.js").PageCounters;
}
