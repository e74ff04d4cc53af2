/** A class as people see it. */
export interface Component {
  readonly id: number;
  /** Rotational symmetry; 0: no crystal, no in-plane angle. */
  readonly fold: number;
  readonly name: string;
  /** #rrggbb */
  readonly color: string;
  /** Of the positions that have a class. */
  readonly share: number;
  /** Neither changed nor joined by what comes. */
  readonly frozen: boolean;
  /** Said by the operator to be no specimen. */
  readonly background: boolean;
}

/** A connected region of one class and one in-plane angle. */
export interface Grain {
  readonly id: number;
  /** Component. */
  readonly component: number;
  /** rad, as the layer inplane_angle; null: no angle. */
  readonly angle: number | null;
  readonly fold: number;
  /** Positions. */
  readonly area: number;
  /** Mean row and column of its positions. */
  readonly row: number;
  readonly column: number;
}

/** Rings and sectors of the patterns of components: ring 0 begins at 1.3 disk radii, sector 0 at +col, counter-clockwise. */
export const COMPONENT_GRID = { rings: 24, sectors: 128 } as const;

export interface ComponentsView {
  /** By id. */
  readonly components: readonly Component[];
  /** [components, rings, sectors] Mean counts of a pixel in a frame, along the zero of the component. */
  readonly polar: Float32Array;
  /** px: where the first ring begins, and the last one ends. */
  readonly inner: number;
  readonly outer: number;
  readonly grains: readonly Grain[];
  /** Average linkage by the best correlation over rotation, the nearest first. Components are clusters 0..n - 1 in their order, the i-th join makes cluster n + i. */
  readonly tree: readonly ComponentJoin[];
}

export interface ComponentJoin {
  readonly a: number;
  readonly b: number;
  /** 1 - correlation. */
  readonly distance: number;
}

/** A component of a cluster, against the one of it that has most frames. */
export interface ClusterMember {
  readonly id: number;
  /** By how much its pattern is turned, counter-clockwise; rad. */
  readonly turn: number;
  /** By how many rows and columns its map lies behind, and how well it goes with the other one then, 0..1. */
  readonly shift: readonly [rows: number, columns: number];
  readonly alike: number;
}

/** Components that are nearer to each other than a cut. */
export interface Cluster {
  /** By id. */
  readonly members: readonly ClusterMember[];
  /** Of the positions that have a class. */
  readonly share: number;
}

export interface ClustersView {
  /** By their lowest ids. */
  readonly clusters: readonly Cluster[];
  /** [clusters, rings, sectors] Mean counts of a pixel in a frame, each component turned as the one of most frames lies. */
  readonly polar: Float32Array;
  /** As in ComponentsView. */
  readonly inner: number;
  readonly outer: number;
  /** [clusters, height, width] Mean over the components, each moved as that one lies, of the part of a cell that it has; a cell is `cell` positions wide. */
  readonly maps: Float32Array;
  readonly height: number;
  readonly width: number;
  readonly cell: number;
}

/** One of the things that a frame is made of. */
export interface ExplanationPart {
  /** null: what belongs to no component of the series. */
  readonly component: number | null;
  /** Of the electrons of the frame. */
  readonly share: number;
  /** rad, as the layer inplane_angle; null: no angle. */
  readonly angle: number | null;
  readonly fold: number;
}

/** Class and grain of a position. -1: none. */
export interface Classified {
  readonly component: number;
  readonly grain: number;
}

/** Which components at which angles explain the frame of a position, and how well. */
export interface Explanation {
  readonly row: number;
  readonly column: number;
  /** Electrons of the frame up to the last ring. */
  readonly electrons: number;
  /** The largest first; shares of less than half a percent are left out. */
  readonly parts: readonly ExplanationPart[];
  /** How many standard deviations of Poisson noise the frame is away from its class alone, and from all parts together. */
  readonly alone: number;
  readonly residual: number;
  /** What the maps show still, and what it is known to be, where the correction waits for an update to come; null: they show what is known. */
  readonly waits: { readonly shown: Classified; readonly known: Classified } | null;
}

/** Longest name of a component. */
export const MOST_NAME = 100;

/** What the operator may change; what is absent stays. */
export interface ComponentChange {
  readonly name?: string;
  readonly color?: string;
  readonly frozen?: boolean;
  readonly background?: boolean;
}
