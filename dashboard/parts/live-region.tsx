import { effect } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { currentSeries } from "../state/daemon.js";
import { overload } from "./overload.js";
import { situation } from "./situation.js";

/** Tells screen readers of changes of state and of the overload, not of every row. */
export function LiveRegion() {
  const [said, say] = useState("");
  useEffect(() => {
    let last = "";
    let lastBehind = "";
    return effect(() => {
      const key = `${currentSeries.value?.id ?? ""} ${situation.value.word}`;
      const now = overload.value;
      const behind = now?.headline ?? "";
      const news = [
        ...(key === last ? [] : [situation.value.word, situation.value.detail]),
        ...(now && behind !== lastBehind ? [now.headline, now.forecast] : []),
      ].filter((part) => part !== "");
      last = key;
      lastBehind = behind;
      if (news.length > 0) say(`${news.join(". ")}.`);
    });
  }, []);
  return (
    <div class="sr" role="status" aria-live="polite" data-testid="live-region">
      {said}
    </div>
  );
}
