import { render } from "preact";
import { MapBody } from "./live/map-body.js";
import { tileModels } from "./live/tile-model.js";
import { openLink } from "./net/link.js";
import { followAddress, followTheme } from "./state/page.js";
import "./css/base.css";

followTheme();
followAddress();
void openLink();
const page = document.getElementById("page");
if (page)
  render(
    <div class="grid">
      {tileModels.map((m) => (
        <MapBody key={m.index} model={m} />
      ))}
    </div>,
    page,
  );
