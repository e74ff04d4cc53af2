import { isFault } from "../core/fault.js";
import type { LineView, MapsView } from "../core/sink.js";
import {
  type DetectorArea,
  type DetectorMoment,
  detectorProblem,
  isArea,
  isMoment,
  type NewDetector,
  type VirtualDetector,
} from "../core/virtual-detector.js";
import { readBody } from "./read-body.js";
import { json, type Reply, refuse } from "./reply.js";
import type { Ask, Route } from "./route-table.js";
import { noComponents } from "./with-series.js";

interface Sources {
  readonly maps: MapsView;
  readonly line: LineView;
}

/** As programs see it: an area with its sector beside it, or a component. */
function view({ id, name, what }: VirtualDetector): object {
  if (isMoment(what)) return { id, name, moment: [what.rows, what.cols] };
  if (!isArea(what)) return { id, name, component: what.component };
  const { inner, outer, sector } = what;
  return { id, name, inner, outer, ...sector };
}

const KNOWN = ["name", "inner", "outer", "from", "to", "fold", "moment", "component", "series"];
const EXAMPLE =
  '{"name":"220","inner":40,"outer":46} in px, with "from", "to" (rad) and "fold" if wanted, {"name":"y","moment":[1,0]}, or {"name":"like 3","component":3}';

/** The area or moment of a body; a string: why there is none. */
function readWhat({ moment, inner, outer, from, to, fold = 1 }: Readonly<Record<string, unknown>>): DetectorArea | DetectorMoment | string {
  if (Array.isArray(moment) && moment.length === 2) return { rows: moment[0], cols: moment[1] };
  if (moment !== undefined) return "moment must be two powers, of row and col, as in [1,0]";
  if (typeof inner !== "number" || typeof outer !== "number") return `inner and outer must be numbers, as in ${EXAMPLE}`;
  if (from === undefined && to === undefined) return { inner, outer, sector: null };
  if (typeof from !== "number" || typeof to !== "number" || typeof fold !== "number") return "from, to and fold must be numbers";
  return { inner, outer, sector: { from, to, fold } };
}

/** What a component of a series looks like, turned by any angle. */
async function readProfile({ maps, line }: Sources, { component, series = "latest" }: Readonly<Record<string, unknown>>) {
  if (!Number.isSafeInteger(component) || typeof series !== "string")
    return refuse(400, "bad_request", "component must be a whole number, series the id of one");
  const id = series === "latest" ? maps.latest()?.id : series;
  const profile = id === undefined ? "none" : await line.profileOf(id, component as number);
  if (profile === "none") return refuse(404, "no_component", `series ${series} has no component ${component}`);
  return "off" in profile ? noComponents(profile) : profile;
}

async function add(from: Sources, ask: Ask): Promise<Reply> {
  const body = await readBody(ask.request);
  if ("refusal" in body) return body.refusal;
  const { fields } = body;
  const odd = Object.keys(fields).find((key) => !KNOWN.includes(key));
  if (odd !== undefined) return refuse(400, "bad_request", `a virtual detector has no ${odd}; write ${EXAMPLE}`);
  const { name } = fields;
  if (typeof name !== "string") return refuse(400, "bad_request", `name must be a text, as in ${EXAMPLE}`);
  const what = fields.component === undefined ? readWhat(fields) : await readProfile(from, fields);
  if (typeof what === "string") return refuse(400, "bad_request", what);
  if ("status" in what) return what;
  const problem = detectorProblem({ name, what });
  if (problem) return refuse(400, "bad_request", problem);
  return place(from, { name, what });
}

function place({ line }: Sources, detector: NewDetector): Reply {
  try {
    return json(view(line.addDetector(detector)), 201);
  } catch (e) {
    if (isFault(e, "bad-usage")) return refuse(409, "too_many", e.message);
    throw e;
  }
}

/** Virtual detectors, which count from the next line of each scan on. */
export function detectorRoutes(from: Sources): Route[] {
  const { line } = from;
  const path = "api/v1/virtual_detectors";
  return [
    { method: "GET", path, handle: () => json({ virtual_detectors: line.virtualDetectors().map(view) }) },
    { method: "POST", path, handle: (ask) => add(from, ask) },
    {
      method: "DELETE",
      path: `${path}/:detector`,
      handle: ({ part }) =>
        line.removeDetector(part.detector ?? "") === "done"
          ? json({ removed: part.detector })
          : refuse(404, "no_detector", `there is no virtual detector ${part.detector}`),
    },
  ];
}
