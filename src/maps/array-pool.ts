type MapArray = Float32Array | Int32Array | Uint8Array | Uint32Array;
type Make<T extends MapArray> = new (length: number) => T;

/**
 * Arrays of the series that went last, for the next one. Systems hand large memory back late or not at all once some of it has been given
 * back (fragmentation): maps that are made anew for every scan let a process grow.
 */
export class ArrayPool {
  #spare: MapArray[] = [];

  /** An array; what it holds is not defined. */
  take<T extends MapArray>(make: Make<T>, length: number): T {
    const at = this.#spare.findIndex((array) => array instanceof make && array.length === length);
    return at < 0 ? new make(length) : (this.#spare.splice(at, 1)[0] as T);
  }

  /** Takes over the arrays of a series; those of an earlier one that nobody took go. */
  give(arrays: MapArray[]): void {
    this.#spare = arrays;
  }
}
