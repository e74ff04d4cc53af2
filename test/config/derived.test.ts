import { spawnSync } from "node:child_process";
import { join } from "node:path";
import t from "tap";
import { DETECTORS } from "../../detectors/index.js";
import {
  configToml,
  DEFAULT_ENDPOINTS,
  FIELDS,
  fieldValues,
  jsonSchema,
  originText,
  PROTOCOLS,
  parseConfig,
  SECTIONS,
} from "../../src/config/index.js";
import { repositoryPath } from "../fixtures/repository.js";

t.test("every protocol that can be configured has a reader, and every reader can be configured", async (t) => {
  t.same([...PROTOCOLS].sort(), DETECTORS.map(({ name }) => name).sort());
  t.same(Object.keys(DEFAULT_ENDPOINTS), PROTOCOLS);
});

t.test("what the description of source.socket says of the protocols is so", async (t) => {
  const subs = DETECTORS.filter(({ socket }) => socket === "sub").map(({ name }) => name);
  t.same(subs, ["sls"]);
});

t.test("the JSON Schema has every key, with unit, sentence and default, and nothing of our own", async (t) => {
  const schema = JSON.parse(JSON.stringify(jsonSchema()));
  t.equal(schema.additionalProperties, false);
  t.same(schema.required, undefined, "every key may be left out");
  for (const { key, path, unit, about, default: value } of FIELDS) {
    const node = path.reduce((at, name) => at.properties[name], schema);
    t.equal(node.description, about, key);
    t.equal(node.unit ?? "", unit, key);
    t.same(node.default ?? null, value, key);
    t.notOk("available" in node || "allowed" in node || "anyOf" in node, key);
  }
  t.same(schema.properties.scan.properties.shape.prefixItems[0], { type: "integer", minimum: 1, maximum: 65536 });
  t.equal(schema.properties.http.properties.token.writeOnly, true);
  t.same(Object.keys(schema.properties), ["phases", ...SECTIONS.map(({ name }) => name)]);
});

t.test("values for people carry their origin; secrets do not show", async (t) => {
  const environment = { BRAGGSTREAM__HTTP__TOKEN: "0123456789abcdef", BRAGGSTREAM__SCAN__STEP_NM: "2" };
  const parsed = parseConfig({ environment });
  const values = fieldValues(parsed);
  t.equal(values.length, FIELDS.length);
  const token = values.find(({ key }) => key === "http.token");
  t.match(token, { value: "set", origin: "environment BRAGGSTREAM__HTTP__TOKEN", default: null });
  t.match(
    values.find(({ key }) => key === "scan.step_nm"),
    { value: 2, unit: "nm", origin: "environment BRAGGSTREAM__SCAN__STEP_NM" },
  );
  t.equal(fieldValues(parseConfig()).find(({ key }) => key === "http.token")?.value, null);
  const text = configToml(parsed);
  t.notMatch(JSON.stringify(values) + text, /0123456789abcdef/);
  t.match(text, /^# token is set, and not shown {2}# environment BRAGGSTREAM__HTTP__TOKEN$/m);
  t.match(text, /^step_nm = 2 {2}# environment BRAGGSTREAM__SCAN__STEP_NM$/m);
  t.match(text, /^# shape is not set$/m);
  t.match(text, /^protocol = "dectris-v2" {2}# default$/m);
  t.equal(originText({ from: "file", name: "a.toml" }), "file a.toml");
});

t.test("the reference page is up to date", async (t) => {
  const { status, stderr } = spawnSync(process.execPath, [join(repositoryPath, "scripts/docs.mjs"), "--check"], { encoding: "utf8" });
  t.equal(stderr, "");
  t.equal(status, 0);
});
