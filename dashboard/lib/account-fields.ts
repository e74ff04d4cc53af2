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
  field("expected", "Expected", "frames that the detector announced or the scan needs"),
  field("received", "Received", "frames that arrived; the sum of the next five"),
  field("placed", "Placed", "frames that have a position on the map"),
  field("duplicate", "Duplicate", "frames whose number came a second time"),
  field("skipped", "Skipped", "settling and flyback frames, dropped on purpose"),
  field("beyond", "Beyond", "frames after the last position of the scan"),
  field("malformed", "Malformed", "frames that could not be read", true),
  field("out_of_order", "Out of order", "placed frames that came late; part of placed"),
  field("lost", "Lost", "frames that never arrived", true),
  field("not_sent", "Not sent", "expected frames that the detector never got to"),
];
