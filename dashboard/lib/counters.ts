/** Read-only counters of the page, for end-to-end tests: `window.__braggstream`. */
export interface PageCounters {
  /** Tiles received. */
  readonly tiles: number;
  /** Pictures drawn. */
  readonly paints: number;
  readonly connected: boolean;
  /** On screen; null: none. */
  readonly series: string | null;
  /** Highest store sequence received of the newest series. */
  readonly seq: number;
  /** Rows written into maps of the page. */
  readonly rowsPainted: number;
  readonly painter: string;
}
