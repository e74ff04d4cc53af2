const encoder = new TextEncoder();

/** A JSON part of a multipart message. */
export const jsonPart = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));
