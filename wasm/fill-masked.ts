/**
 * Excluded pixels of a plane get the mean of the valid ones around them. List per pixel: its number, how many valid ones there are, the
 * number of each.
 */
export function fillMasked(plane: usize, list: usize, end: usize): void {
  while (list < end) {
    const at = plane + (<usize>load<u32>(list) << 2);
    const around = load<u32>(list, 4);
    list += 8;
    let sum: f32 = 0;
    for (const next = list + (<usize>around << 2); list < next; list += 4) sum += load<f32>(plane + (<usize>load<u32>(list) << 2));
    store<f32>(at, around > 0 ? sum / <f32>around : 0);
  }
}
