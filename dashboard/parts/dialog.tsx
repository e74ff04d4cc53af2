import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { dialog } from "../state/page.js";

/** A modal box over the page; Esc and a click beside it close it. */
export function Dialog({
  title,
  wide,
  children,
}: {
  readonly title: string;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}) {
  const box = useRef<HTMLDialogElement>(null);
  // Before anything is painted: a key must find it open.
  useLayoutEffect(() => {
    box.current?.showModal();
  }, []);
  const close = (): void => {
    dialog.value = null;
  };
  return (
    <dialog
      ref={box}
      class={wide ? "dialog wide" : "dialog"}
      aria-label={title}
      onClose={close}
      onPointerDown={(e) => {
        if (e.target === box.current) close();
      }}
    >
      <header>
        <h2>{title}</h2>
        <button type="button" class="plain" aria-label="Close" onClick={close}>
          ✕
        </button>
      </header>
      {children}
    </dialog>
  );
}
