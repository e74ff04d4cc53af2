/** What the doctor found in one place. */
export interface Check {
  readonly name: string;
  readonly state: "ok" | "warn" | "fail";
  /** What is, and why. */
  readonly what: string;
  /** What to do; null when there is nothing to do. */
  readonly cure: string | null;
}

export const ok = (name: string, what: string): Check => ({ name, state: "ok", what, cure: null });
export const warn = (name: string, what: string, cure: string): Check => ({ name, state: "warn", what, cure });
export const fail = (name: string, what: string, cure: string): Check => ({ name, state: "fail", what, cure });
