import { effect } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { currentSeries } from "../state/daemon.js";
import { situation } from "./situation.js";

/** Tells screen readers of changes of state, not of every row. */
export function LiveRegion() {
  const [said, say] = useState("");
  useEffect(() => {
    let last = "";
    return effect(() => {
      const key = `${currentSeries.value?.id ?? ""} ${situation.value.word}`;
      if (key === last) return;
      last = key;
      say(`${situation.value.word}. ${situation.value.detail}`);
    });
  }, []);
  return (
    <div class="sr" role="status" aria-live="polite">
      {said}
    </div>
  );
}
