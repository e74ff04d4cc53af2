import { ComponentsScreen } from "./components/screen.js";
import { ChartDialog } from "./live/chart-dialog.js";
import { DetectorDialog } from "./live/detector-dialog.js";
import { LiveScreen } from "./live/screen.js";
import { ShapeDialog } from "./live/shape-dialog.js";
import { Banner } from "./parts/banner.js";
import { Header } from "./parts/header.js";
import { Help } from "./parts/help.js";
import { LiveRegion } from "./parts/live-region.js";
import { Overload } from "./parts/overload.js";
import { situation } from "./parts/situation.js";
import { dialog, screen } from "./state/page.js";
import { SystemScreen } from "./system/screen.js";

const SCREENS = { live: LiveScreen, components: ComponentsScreen, system: SystemScreen } as const;

export function App() {
  const open = dialog.value;
  const Shown = SCREENS[screen.value];
  return (
    <div class="app" data-tone={situation.value.tone}>
      <Header />
      <Banner />
      <Overload />
      <Shown />
      {open === "help" ? <Help /> : null}
      {open === "shape" ? <ShapeDialog /> : null}
      {open === "detectors" ? <DetectorDialog /> : null}
      {open === "chart" ? <ChartDialog /> : null}
      <LiveRegion />
    </div>
  );
}
