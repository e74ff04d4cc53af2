import { useEffect, useRef } from "preact/hooks";

interface ThumbProps {
  readonly width: number;
  readonly height: number;
  /** Writes RGBA. */
  readonly draw: (out: Uint8ClampedArray) => void;
  readonly label: string;
  readonly testid: string;
}

/** A small picture of one px per value; drawn again whenever `draw` is another. */
export function Thumb({ width, height, draw, label, testid }: ThumbProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const pen = canvas.current?.getContext("2d");
    if (!pen) return;
    const image = pen.createImageData(width, height);
    draw(image.data);
    pen.putImageData(image, 0, 0);
  }, [width, height, draw]);
  return <canvas ref={canvas} class="thumb" width={width} height={height} role="img" aria-label={label} data-testid={testid} />;
}
