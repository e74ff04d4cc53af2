/** Put in by the build. */
declare const BRAGGSTREAM_WORKER: string;
declare const BRAGGSTREAM_VERSION: string;

declare module "*.css";

/** Read-only counters for end-to-end tests. */
interface Window {
  __braggstream?: {
    readonly tiles: number;
    readonly paints: number;
    readonly connected: boolean;
    readonly series: string | null;
    readonly seq: number;
    readonly rowsPainted: number;
    readonly painter: string;
  };
}
