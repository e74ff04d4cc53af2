/** Electrons in 69 spots and a background. */
export function aFrame(size: number, electrons: number, seed: number): Uint16Array {
  const pixels = new Uint16Array(size * size);
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const [pitch, radius] = [size / 10, size / 40];
  for (let electron = 0; electron < electrons; electron++) {
    const kind = random();
    const [h, k] = kind < 0.3 ? [0, 0] : [Math.floor(random() * 9) - 4, Math.floor(random() * 9) - 4];
    const [distance, angle] = [radius * Math.sqrt(random()), 2 * Math.PI * random()];
    const row = kind < 0.8 ? size / 2 + pitch * h + distance * Math.sin(angle) : random() * size;
    const col = kind < 0.8 ? size / 2 + pitch * k + distance * Math.cos(angle) : random() * size;
    const at = Math.floor(row) * size + Math.floor(col);
    pixels[at] = (pixels[at] as number) + 1;
  }
  return pixels;
}
