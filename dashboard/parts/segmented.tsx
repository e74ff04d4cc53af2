/** One of a few, all in sight. */
export interface SegmentedProps<T extends string> {
  readonly label: string;
  readonly options: readonly (readonly [value: T, text: string, about?: string])[];
  readonly value: T;
  /** Why nothing can be chosen now. */
  readonly off?: string;
  readonly pick: (value: T) => void;
}

export function Segmented<T extends string>({ label, options, value, off, pick }: SegmentedProps<T>) {
  return (
    <fieldset class="segmented" aria-label={label} disabled={off !== undefined} title={off}>
      {options.map(([v, text, about]) => (
        <button key={v} type="button" class="segment" aria-pressed={v === value} title={about} onClick={() => pick(v)}>
          {text}
        </button>
      ))}
    </fieldset>
  );
}
