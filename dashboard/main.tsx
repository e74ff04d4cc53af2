import { render } from "preact";
import { App } from "./app.js";
import { followClusters } from "./components/follow-clusters.js";
import { followComponents } from "./components/follow-components.js";
import { followNovel } from "./components/follow-novel.js";
import { followKeys } from "./keys.js";
import { followExplanation } from "./live/explanation.js";
import { followOlderSeries } from "./live/history-maps.js";
import { followPatterns } from "./live/patterns.js";
import { linkCounters, openLink } from "./net/link.js";
import { paintCount, painter } from "./paint/canvas.js";
import { connected, currentId } from "./state/daemon.js";
import { followAddress, followTheme } from "./state/page.js";
import { counters } from "./state/scans.js";
import "./css/base.css";
import "./css/parts.css";
import "./css/live.css";
import "./css/system.css";
import "./css/components.css";

window.__braggstream = {
  get tiles() {
    return linkCounters.tiles;
  },
  get paints() {
    return paintCount.paints;
  },
  get connected() {
    return connected.peek();
  },
  get series() {
    return currentId.peek();
  },
  get seq() {
    return linkCounters.seq;
  },
  get rowsPainted() {
    return counters.rows;
  },
  get painter() {
    return painter().name;
  },
};

followTheme();
followAddress();
followKeys();
followPatterns();
followExplanation();
followOlderSeries();
followComponents();
followClusters();
followNovel();
void openLink();
const page = document.getElementById("page");
if (page) render(<App />, page);
