import { REF, SlabReader, SlabWriter, slabControl } from "../src/line/slab.js";
import { SlabWindow } from "../src/line/slab-window.js";
import { openReceiver } from "../src/transport/receiver.js";
import { openZmtpReceiver } from "../src/transport/zmtp-receiver.js";

/** A receiver that puts messages into a slab and lets go of them at once. */
export interface Intake {
  count(): number;
  close(): void;
}
export type OpenIntake = (endpoint: string) => Promise<Intake>;

const MIB = 1 << 20;

function aSlab(): { readonly slab: SlabWriter; readonly ref: Int32Array; readonly release: () => void } {
  const control = slabControl();
  const slab = new SlabWriter({ control, limitBytes: 64 * MIB, keepBytes: 64 * MIB, segmentBytes: 8 * MIB, onBuffer: () => undefined });
  const reader = new SlabReader(control);
  const ref = new Int32Array(REF.width);
  return { slab, ref, release: () => reader.release(ref[REF.slot] as number) };
}

/** zeromq.js; messages are copied. */
export const openGeneral: OpenIntake = async (endpoint) => {
  const { slab, ref, release } = aSlab();
  const receiver = await openReceiver({ endpoint, bind: false, socket: "pull", topic: "", highWaterMark: 4096 });
  let count = 0;
  const run = async (): Promise<void> => {
    for (let parts = await receiver.receive(); parts; parts = await receiver.receive()) {
      count++;
      if (slab.append(parts[0] as Uint8Array, ref, 0)) release();
    }
  };
  void run();
  return { count: () => count, close: () => void receiver.close() };
};

/** The fast receiver. */
export const openFast: OpenIntake = async (endpoint) => {
  const { slab, ref, release } = aSlab();
  const memory = new SlabWindow(slab);
  const none = (): void => undefined;
  let count = 0;
  const receiver = openZmtpReceiver({
    host: "127.0.0.1",
    port: Number(new URL(endpoint).port),
    socket: "pull",
    topic: "",
    memory,
    take(parts) {
      count++;
      if (memory.append(parts[0] as Uint8Array, ref, 0)) release();
      return true;
    },
    onRead: none,
    onFull: none,
    onState: none,
    onTrouble: none,
  });
  return { count: () => count, close: () => receiver.close() };
};
