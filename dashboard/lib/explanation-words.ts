import type { Explanation } from "../../src/core/components.js";

/** From here on a frame is not what its components make of it: noise alone does so in one of some thirty thousand. */
const ODD = 4;

export const sigmas = (z: number): string => (Number.isNaN(z) ? "–" : `${z < 0 ? "−" : "+"}${Math.abs(z).toFixed(1)} σ`);

/** How well a frame is explained: "+0.4 σ, noise", and by its class alone where it has more parts. */
export function residualWords({ residual, alone, parts }: Explanation): string {
  const verdict = residual < ODD ? "as noise makes it" : "not explained";
  const own = parts.length > 1 && alone >= ODD ? `; its class alone ${sigmas(alone)}` : "";
  return `${sigmas(residual)}, ${verdict}${own}`;
}

/** What a position shows that waits for its correction: "still shown as Class 2, known to be Class 3". */
export function waitWords({ shown, known }: NonNullable<Explanation["waits"]>, nameOf: (component: number) => string): string {
  const name = ({ component, grain }: typeof known): string => {
    if (component < 0) return "of no class";
    return shown.component === known.component ? `grain ${grain}` : nameOf(component);
  };
  return `still shown as ${name(shown)}, known to be ${name(known)}`;
}
