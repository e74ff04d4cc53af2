import type { FrameAccount } from "../../src/core/series.js";

/** A line of the account, in reading order. `alert`: above zero a person should look. */
export interface AccountField {
  readonly key: keyof FrameAccount;
  readonly title: string;
  readonly about: string;
  readonly alert: boolean;
}
const field = (key: keyof FrameAccount, title: string, about: string, alert = false): AccountField => ({ key, title, about, alert });

export const ACCOUNT_FIELDS: readonly AccountField[] = [
  field("expected", "Expected", "announced, or needed by the scan"),
  field("received", "Received", "arrived; the sum of the next five"),
  field("placed", "Placed", "have a position on the map"),
  field("duplicate", "Duplicate", "their number came a second time"),
  field("skipped", "Skipped", "settling and flyback, on purpose"),
  field("beyond", "Beyond", "after the last position"),
  field("malformed", "Malformed", "could not be read", true),
  field("out_of_order", "Out of order", "came late; part of placed"),
  field("lost", "Lost", "never arrived", true),
  field("not_sent", "Not sent", "the detector never got to them"),
];
