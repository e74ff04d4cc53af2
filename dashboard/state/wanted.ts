import { computed } from "@preact/signals";
import { wantedLayers } from "../lib/catalogue.js";
import { series } from "./daemon.js";
import { tiles } from "./page.js";

/** Names of the layers that the page needs, with spaces between them. */
export const wantedNames = computed(() =>
  wantedLayers(
    tiles.value.map((t) => t.layer),
    [...series.value.values()].flatMap((s) => s.layers),
  ).join(" "),
);
