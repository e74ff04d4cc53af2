/** What a route answers, before it is written to a socket. */
export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

const JSON_TYPE = "application/json; charset=utf-8";
export const NPY_TYPE = "application/x-npy";
export const PNG_TYPE = "image/png";
const TEXT_TYPE = "text/plain; charset=utf-8";
/** Data change with the scan: nobody may keep them. */
const VOLATILE = { "cache-control": "no-store" };

export const json = (value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  type: JSON_TYPE,
  body: JSON.stringify(value),
  headers: { ...VOLATILE, ...headers },
});

export const text = (body: string, status = 200, type = TEXT_TYPE): Reply => ({ status, type, body, headers: VOLATILE });

export const bytes = (type: string, body: Uint8Array, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status: 200,
  type,
  body,
  headers: { ...VOLATILE, ...headers },
});

/** An error in the form of the interface: `{error:{code,message}}`. */
export const refuse = (status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}): Reply =>
  json({ error: { code, message } }, status, headers);
