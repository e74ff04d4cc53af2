import type { ComponentAnswer } from "./component-calls.js";
import type { ComponentOptions } from "./component-options.js";

/** Has both lanes settle a scan after its last row; answers what the lane of components found. Given up once it is `over`. */
export async function settleScan(pool: ComponentOptions["pool"], series: number, over: () => boolean): Promise<ComponentAnswer> {
  const superpixels = await pool.askLister("listEnd", { series });
  let answer = await pool.askComponents("componentEnd", { series, superpixels });
  while (answer.shared && !over()) {
    const asked = pool.askLister("listJudge", { series, ...answer.shared });
    const [theirs] = await Promise.all([asked, pool.askComponents("componentJudge", { series })]);
    if (!over()) answer = await pool.askComponents("componentSettle", { series, theirs });
  }
  // It has nothing more to do for this scan.
  if (!over()) await pool.askLister("listClose", { series });
  return answer;
}
