export { type Endpoint, fastReceiverFits, isLoopback, type ListenAddress, parseEndpoint, parseListen } from "./addresses.js";
export { FIELDS, jsonSchema, SECTIONS } from "./fields.js";
export { DEFAULT_ENDPOINTS, PROTOCOLS } from "./input-sections.js";
export { type ConfigLayers, type FlagSetting, originText, type Problem } from "./layers.js";
export { nearestWord } from "./nearest-word.js";
export { checkConfig, type ParsedConfig, parseConfig } from "./parse.js";
export { configToml, type FieldValue, fieldValues } from "./print.js";
export type { Config } from "./schema.js";
