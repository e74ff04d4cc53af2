import { ChartDialog } from "./live/chart-dialog.js";
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

export function App() {
  const open = dialog.value;
  return (
    <div class="app" data-tone={situation.value.tone}>
      <Header />
      <Banner />
      <Overload />
      {screen.value === "live" ? <LiveScreen /> : <SystemScreen />}
      {open === "help" ? <Help /> : null}
      {open === "shape" ? <ShapeDialog /> : null}
      {open === "chart" ? <ChartDialog /> : null}
      <LiveRegion />
    </div>
  );
}
