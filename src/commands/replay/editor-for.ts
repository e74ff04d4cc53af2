import { cborEditor } from "./cbor-editor.js";
import { jsonEditor } from "./json-editor.js";
import type { MessageEditor } from "./message-editor.js";

const JSON_OBJECT = 0x7b;

export const isJson = (parts: readonly Uint8Array[]): boolean => parts[0]?.[0] === JSON_OBJECT;

/** The editor for a message, by its first byte: JSON (dectris-v1, array-1.0, sls) or CBOR (dectris-v2). */
export const editorFor = (parts: readonly Uint8Array[]): MessageEditor => (isJson(parts) ? jsonEditor : cborEditor);
