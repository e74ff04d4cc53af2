import { DARK, HATCHES, STRIPE } from "../lib/class-table.js";
import { MOST_CELL } from "../lib/nearby.js";
import { CELL, DOT, DOTS, HATCH, INK, WASH } from "./painter.js";

const ink = (c: readonly [number, number, number]): string => `vec3(${c.map((v) => (v / 255).toFixed(5)).join(",")})`;

export const VERTEX = `#version 300 es
void main() { gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0); }`;

/** NaN is not reliable in shaders: values of "no result" are uploaded as this. */
export const NO_VALUE = -3.0e38;

/**
 * One texel per scan position, nearest. Where the picture is smaller than its pixels (scale < 1) the texels under a
 * screen pixel are averaged and a lost or waiting one wins, so that no hole hides between two pixels. What waits is drawn with a
 * value nearby (lib/nearby.ts).
 */
export const FRAGMENT = `#version 300 es
precision highp float; precision highp int; precision highp sampler2D; precision highp usampler2D;
uniform sampler2D values; uniform usampler2D mask; uniform sampler2D table;
uniform vec3 place; // scale, x, y
uniform vec2 target; // height, device pixel ratio
uniform vec3 range; // low, high, steep
uniform ivec3 how; // kind, curve, whether gaps wait
out vec4 colour;
float bend(float x) {
  if (how.y == 1) return sqrt(x);
  if (how.y == 2) return log(1.0 + range.z * x) / log(1.0 + range.z);
  return x;
}
float tone(float v) {
  if (how.x == 3) return mod(v, 256.0) / 255.0;
  float span = range.y - range.x;
  float x = span > 0.0 ? (v - range.x) / span : step(range.x, v);
  if (how.x == 2) return fract(x);
  x = clamp(x, 0.0, 1.0);
  if (how.x == 1) { float y = 2.0 * x - 1.0; return 0.5 + 0.5 * sign(y) * bend(abs(y)); }
  return bend(x);
}
bool valueAt(ivec2 q, ivec2 size, out float v) {
  if (any(lessThan(q, ivec2(0))) || any(greaterThanEqual(q, size))) return false;
  v = texelFetch(values, q, 0).r;
  return v > -2.9e38;
}
bool nearby(ivec2 p, ivec2 size, out float v) {
  if (valueAt(p, size, v)) return true;
  for (int h = 1; h <= ${MOST_CELL}; h++) {
    int g = 1 << h;
    ivec2 low = (p >> h) << h;
    ivec2 near = low + g * ivec2(greaterThan(2 * (p - low), ivec2(g)));
    ivec2 far = 2 * low + g - near;
    ivec2 across = ivec2(far.x, near.y);
    ivec2 along = ivec2(near.x, far.y);
    ivec2 a = across - p;
    ivec2 b = along - p;
    bool first = a.x * a.x + a.y * a.y <= b.x * b.x + b.y * b.y;
    if (valueAt(near, size, v) || valueAt(first ? across : along, size, v)) return true;
    if (valueAt(first ? along : across, size, v) || valueAt(far, size, v)) return true;
  }
  return false;
}
vec4 entryOf(float v) { return texelFetch(table, ivec2(int(tone(v) * 255.0 + 0.5), 0), 0); }
vec3 inkOf(float v) { return entryOf(v).rgb; }
void main() {
  vec2 at = vec2(gl_FragCoord.x, target.x - gl_FragCoord.y);
  vec2 p = (at - place.yz) / place.x;
  ivec2 size = textureSize(values, 0);
  ivec2 t = ivec2(floor(p));
  if (t.x < 0 || t.y < 0 || t.x >= size.x || t.y >= size.y) { colour = vec4(0.0); return; }
  int n = clamp(int(ceil(1.0 / place.x - 0.01)), 1, 8);
  float sum = 0.0; float count = 0.0; uint seen = 0u; bool waits = false;
  for (int dy = 0; dy < n; dy++) for (int dx = 0; dx < n; dx++) {
    ivec2 q = min(t + ivec2(dx, dy), size - 1);
    uint m = texelFetch(mask, q, 0).r;
    seen |= 1u << m;
    float v = texelFetch(values, q, 0).r;
    waits = waits || m == 5u || (how.z == 1 && m == 1u && v <= -2.9e38);
    // Numbers of classes and angles have no mean: the first stands for all.
    if (v > -2.9e38 && (how.x < 2 || count < 0.5)) { sum += v; count += 1.0; }
  }
  vec2 s = at / target.y;
  vec3 rgb;
  // Finer in small positions, so that a single one still shows both colours.
  float period = clamp(place.x / target.y, 4.0, ${HATCH}.0);
  bool stripe = mod(s.x + s.y, period) < period / 2.0;
  bool back = mod(s.x - s.y, period) < period / 2.0;
  bool checker = mod(floor(s.x / ${CELL}.0) + floor(s.y / ${CELL}.0), 2.0) < 1.0;
  if ((seen & 8u) != 0u) rgb = back ? ${ink(INK.malformedB)} : ${ink(INK.malformedA)};
  else if ((seen & 4u) != 0u) rgb = stripe ? ${ink(INK.lostB)} : ${ink(INK.lostA)};
  else if ((seen & 2u) == 0u && (seen & 16u) != 0u) rgb = ${ink(INK.masked)};
  else if (waits) {
    bool dot = all(lessThan(mod(s, ${DOTS}.0), vec2(${DOT}.0)));
    float v;
    rgb = ${ink(INK.waiting)};
    if (count > 0.5) rgb = mix(inkOf(sum / count), rgb, ${WASH});
    else if (nearby(t, size, v)) rgb = mix(inkOf(v), rgb, ${WASH});
    if (dot) rgb = ${ink(INK.dot)};
  }
  else if ((seen & 2u) == 0u) rgb = checker ? ${ink(INK.checkerA)} : ${ink(INK.checkerB)};
  else if (count < 0.5) rgb = ${ink(INK.none)};
  else {
    vec4 c = entryOf(sum / count);
    int hatch = 255 - int(c.a * 255.0 + 0.5);
    bool level = mod(s.y, period) < period / 2.0;
    bool on = hatch == ${HATCHES.rising} ? stripe : hatch == ${HATCHES.falling} ? back : hatch == ${HATCHES.level} && level;
    float to = dot(c.rgb, vec3(0.2126, 0.7152, 0.0722)) < ${DARK} ? 1.0 : 0.0;
    rgb = on ? mix(c.rgb, vec3(to), ${STRIPE}) : c.rgb;
  }
  colour = vec4(rgb, 1.0);
}`;
