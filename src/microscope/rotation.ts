/** Unit quaternion (w, x, y, z), active: v_lab = R(q) v_crystal. Lab: x = +column, y = +row, z = x cross y = along the beam. */
export type Quaternion = readonly [w: number, x: number, y: number, z: number];
export type Vector = readonly [x: number, y: number, z: number];
/** Row-major 3x3 rotation matrix. */
export type Rotation = readonly [number, number, number, number, number, number, number, number, number];

/** The rotation that does `b` first and then `a`. */
export function compose(a: Quaternion, b: Quaternion): Quaternion {
  const [aw, ax, ay, az] = a;
  const [bw, bx, by, bz] = b;
  return [
    aw * bw - ax * bx - ay * by - az * bz,
    aw * bx + ax * bw + ay * bz - az * by,
    aw * by - ax * bz + ay * bw + az * bx,
    aw * bz + ax * by - ay * bx + az * bw,
  ];
}

/** Rotation about an axis of any length, right-handed, angle in radians. */
export function aboutAxis(axis: Vector, angle: number): Quaternion {
  const length = Math.hypot(...axis) || 1;
  const s = Math.sin(angle / 2) / length;
  return [Math.cos(angle / 2), axis[0] * s, axis[1] * s, axis[2] * s];
}

/** The shortest rotation that carries the direction `from` to the direction `to`. */
export function carrying(from: Vector, to: Vector): Quaternion {
  const scale = Math.hypot(...from) * Math.hypot(...to);
  const dot = (from[0] * to[0] + from[1] * to[1] + from[2] * to[2]) / scale;
  // Opposite directions leave the axis open: any one across `from` will do.
  if (dot < -0.999999) return aboutAxis(Math.abs(from[0]) < Math.abs(from[2]) ? [0, -from[2], from[1]] : [-from[1], from[0], 0], Math.PI);
  const cross: Vector = [from[1] * to[2] - from[2] * to[1], from[2] * to[0] - from[0] * to[2], from[0] * to[1] - from[1] * to[0]];
  return normalised([1 + dot, cross[0] / scale, cross[1] / scale, cross[2] / scale]);
}

/** Unit length, w >= 0. */
export function normalised(q: Quaternion): Quaternion {
  const n = Math.hypot(...q) * (q[0] < 0 ? -1 : 1);
  return [q[0] / n, q[1] / n, q[2] / n, q[3] / n];
}

export function rotationOf([w, x, y, z]: Quaternion): Rotation {
  return [
    1 - 2 * (y * y + z * z),
    2 * (x * y - w * z),
    2 * (x * z + w * y),
    2 * (x * y + w * z),
    1 - 2 * (x * x + z * z),
    2 * (y * z - w * x),
    2 * (x * z - w * y),
    2 * (y * z + w * x),
    1 - 2 * (x * x + y * y),
  ];
}
