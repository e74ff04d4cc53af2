import type { Plane } from "../lib/layer-image.js";
import type { Look } from "../lib/look.js";
import { changedRuns, type Painter, type Picture } from "./painter.js";
import { FRAGMENT, NO_VALUE, VERTEX } from "./shader.js";

const KINDS: Readonly<Record<Look["kind"], number>> = { sequence: 0, signed: 1, cyclic: 2, index: 3 };
const CURVE_CODES: Readonly<Record<Look["curve"], number>> = { lin: 0, sqrt: 1, log: 2 };
/** Textures kept; the least recently drawn goes first. */
const MOST_TEXTURES = 32;

interface Held {
  readonly texture: WebGLTexture;
  version: number;
}

function program(gl: WebGL2RenderingContext): WebGLProgram {
  const made = gl.createProgram();
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(kind);
    if (!shader) throw new Error("no shader");
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(`shader: ${gl.getShaderInfoLog(shader) ?? ""}`);
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error(`program: ${gl.getProgramInfoLog(made) ?? ""}`);
  return made;
}

function newTexture(gl: WebGL2RenderingContext): WebGLTexture {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  for (const [name, value] of [
    [gl.TEXTURE_MIN_FILTER, gl.NEAREST],
    [gl.TEXTURE_MAG_FILTER, gl.NEAREST],
    [gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE],
    [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE],
  ] as const)
    gl.texParameteri(gl.TEXTURE_2D, name, value);
  return texture;
}

/** Textures of planes and colour tables, brought up to date row by row. */
function textureStore(gl: WebGL2RenderingContext) {
  const held = new Map<Plane | Uint8Array, Held>();
  const reach = (key: Plane | Uint8Array, make: () => void): Held => {
    let h = held.get(key);
    if (h) {
      held.delete(key);
      gl.bindTexture(gl.TEXTURE_2D, h.texture);
    } else {
      h = { texture: newTexture(gl), version: 0 };
      make();
    }
    held.set(key, h);
    for (const [old, { texture }] of held) {
      if (held.size <= MOST_TEXTURES) break;
      gl.deleteTexture(texture);
      held.delete(old);
    }
    return h;
  };
  const rows = (p: Plane, row: number, count: number): Float32Array | Uint8Array => {
    const cut = p.values.subarray(row * p.width, (row + count) * p.width);
    if (cut instanceof Uint8Array) return cut;
    const out = new Float32Array(cut.length);
    for (let i = 0; i < cut.length; i++) {
      const v = cut[i] as number;
      out[i] = Number.isNaN(v) ? NO_VALUE : v;
    }
    return out;
  };
  return {
    plane(unit: number, p: Plane): void {
      gl.activeTexture(gl.TEXTURE0 + unit);
      const bytes = p.values instanceof Uint8Array;
      const h = reach(p, () => gl.texStorage2D(gl.TEXTURE_2D, 1, bytes ? gl.R8UI : gl.R32F, p.width, p.height));
      if (h.version === p.version) return;
      const [format, type] = bytes ? [gl.RED_INTEGER, gl.UNSIGNED_BYTE] : [gl.RED, gl.FLOAT];
      for (const [row, count] of changedRuns(p, h.version))
        gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, row, p.width, count, format, type, rows(p, row, count));
      h.version = p.version;
    },
    table(unit: number, table: Uint8Array): void {
      gl.activeTexture(gl.TEXTURE0 + unit);
      reach(table, () => {
        gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, 256, 1);
        gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, 256, 1, gl.RGBA, gl.UNSIGNED_BYTE, table);
      });
    },
  };
}

interface Pipeline {
  draw(picture: Picture, width: number, height: number): void;
}
function pipeline(gl: WebGL2RenderingContext): Pipeline {
  const p = program(gl);
  const at = (name: string): WebGLUniformLocation | null => gl.getUniformLocation(p, name);
  const [place, target, range, how] = [at("place"), at("target"), at("range"), at("how")];
  const textures = textureStore(gl);
  gl.useProgram(p);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  ["values", "mask", "table"].forEach((name, unit) => {
    gl.uniform1i(at(name), unit);
  });
  return {
    draw({ values, mask, look, gapsWait, place: where }, width, height) {
      textures.plane(0, values);
      textures.plane(1, mask);
      textures.table(2, look.table);
      gl.viewport(0, 0, width, height);
      gl.uniform3f(place, where.scale, where.x, where.y);
      gl.uniform2f(target, height, devicePixelRatio);
      gl.uniform3f(range, look.low, look.high, look.steep);
      gl.uniform3i(how, KINDS[look.kind], CURVE_CODES[look.curve], gapsWait ? 1 : 0);
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 3);
    },
  };
}

/**
 * One WebGL2 context for every picture of the page (browsers allow few of them); each is drawn here and copied to its
 * own canvas. Null where the browser has no WebGL2.
 */
export function createWebglPainter(): Painter | null {
  const canvas = document.createElement("canvas");
  const gl = canvas.getContext("webgl2", {
    alpha: true,
    antialias: false,
    depth: false,
    premultipliedAlpha: true,
    preserveDrawingBuffer: true,
  });
  if (!gl) return null;
  let line: Pipeline | null;
  try {
    line = pipeline(gl);
  } catch {
    return null;
  }
  canvas.addEventListener("webglcontextlost", (e) => {
    e.preventDefault();
    line = null;
  });
  canvas.addEventListener("webglcontextrestored", () => {
    line = pipeline(gl);
  });
  return {
    name: "webgl2",
    paint(target, picture) {
      const { width, height } = target.canvas;
      if (!line || width === 0 || height === 0) return;
      if (canvas.width < width) canvas.width = width;
      if (canvas.height < height) canvas.height = height;
      line.draw(picture, width, height);
      target.clearRect(0, 0, width, height);
      // The viewport lies at the bottom left of the drawing buffer.
      target.drawImage(canvas, 0, canvas.height - height, width, height, 0, 0, width, height);
    },
  };
}
