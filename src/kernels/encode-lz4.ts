const HASH_BITS = 12;
/** The format: the last match starts at least 12 bytes before the end, and the last 5 bytes are literals. */
const MATCH_MARGIN = 12;
const LITERAL_MARGIN = 5;
const MAX_DISTANCE = 65535;

/** Most bytes that a block of `bytes` can become. */
export const lz4Bound = (bytes: number): number => bytes + Math.ceil(bytes / 255) + 16;

/** Remembers where four bytes were last seen; one serves all blocks of a buffer, as positions before a block are disregarded. */
export const lz4Table = (): Int32Array => new Int32Array(1 << HASH_BITS).fill(-1);

const word = (p: Uint8Array, at: number): number => p[at] | (p[at + 1] << 8) | (p[at + 2] << 16) | (p[at + 3] << 24);

function writeLength(out: Uint8Array, at: number, rest: number): number {
  const full = Math.floor(rest / 255);
  out.fill(255, at, at + full);
  out[at + full] = rest % 255;
  return at + full + 1;
}

/** Token and literals src[from...to); `match` is the length of the match that follows, 0 for none. Returns where `out` goes on. */
function writeLiterals(src: Uint8Array, from: number, to: number, match: number, out: Uint8Array, at: number): number {
  const literals = to - from;
  let op = at;
  out[op++] = (Math.min(15, literals) << 4) | (match === 0 ? 0 : Math.min(15, match - 4));
  if (literals >= 15) op = writeLength(out, op, literals - 15);
  for (let i = from; i < to; i++) out[op++] = src[i];
  return op;
}

/**
 * Compresses src[from...to) as one LZ4 block into out[at...], greedily with one candidate per hash (as the reference does at its
 * fastest level). `out` must have room for lz4Bound(to - from). Returns the end of what was written.
 */
export function encodeLz4(src: Uint8Array, from: number, to: number, out: Uint8Array, at: number, table: Int32Array): number {
  const lastStart = to - MATCH_MARGIN;
  const lastByte = to - LITERAL_MARGIN;
  let op = at;
  let literals = from;
  let ip = from;
  let misses = 0;
  while (ip <= lastStart) {
    const here = word(src, ip);
    const slot = Math.imul(here, 2654435761) >>> (32 - HASH_BITS);
    const candidate = table[slot];
    table[slot] = ip;
    if (candidate < from || ip - candidate > MAX_DISTANCE || word(src, candidate) !== here) {
      // Incompressible stretches are passed over in growing strides.
      ip += 1 + (misses++ >> 6);
      continue;
    }
    let end = ip + 4;
    for (let c = candidate + 4; end < lastByte && src[end] === src[c]; c++) end++;
    const match = end - ip;
    op = writeLiterals(src, literals, ip, match, out, op);
    out[op++] = (ip - candidate) & 255;
    out[op++] = (ip - candidate) >> 8;
    if (match - 4 >= 15) op = writeLength(out, op, match - 4 - 15);
    ip = end;
    literals = end;
    misses = 0;
  }
  return writeLiterals(src, literals, to, 0, out, op);
}

/** One bare LZ4 block (`lz4-block`). */
export function encodeLz4Block(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(lz4Bound(bytes.length));
  return out.slice(0, encodeLz4(bytes, 0, bytes.length, out, 0, lz4Table()));
}
