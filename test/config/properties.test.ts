import fc from "fast-check";
import { stringify } from "smol-toml";
import t from "tap";
import { checkConfig, configToml, FIELDS, parseConfig } from "../../src/config/index.js";
import { isFault } from "../../src/core/fault.js";

const KEYS = FIELDS.filter(({ path }) => path.length === 2);
const scalar = fc.oneof(
  fc.string(),
  fc.double({ noNaN: true }),
  fc.integer({ min: -10, max: 100000 }),
  fc.boolean(),
  fc.constantFrom("auto", "off", "raster", "positions", "tcp://127.0.0.1:1", "0.0.0.0:80", "", "sls"),
);
const value = fc.oneof(scalar, fc.array(fc.integer(), { maxLength: 3 }), fc.dictionary(fc.string(), fc.integer(), { maxKeys: 2 }));
const tables = fc.dictionary(
  fc.oneof(fc.constantFrom(...KEYS.map(({ path }) => String(path[0]))), fc.string()),
  fc.dictionary(fc.oneof(fc.constantFrom(...KEYS.map(({ path }) => String(path[1]))), fc.string()), value, { maxKeys: 4 }),
  { maxKeys: 4 },
);

/** Either a configuration or a fault that says something; never anything else. */
function judged(run: () => unknown): void {
  try {
    run();
  } catch (e) {
    if (!isFault(e, "bad-config") || e.at === "" || e.message === "") throw e;
  }
}

t.test("any table gives a configuration or a fault", async () => {
  fc.assert(
    fc.property(tables, (table) => judged(() => parseConfig({ file: { name: "f", text: stringify(table) } }))),
    { numRuns: 300 },
  );
});

t.test("any text gives a configuration or a fault", async () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => judged(() => parseConfig({ file: { name: "f", text } }))),
    { numRuns: 300 },
  );
});

t.test("any environment gives a configuration or a fault", async () => {
  const name = fc.oneof(
    fc.constantFrom(...FIELDS.map(({ key }) => `BRAGGSTREAM__${key.toUpperCase().replace(".", "__")}`)),
    fc.string().map((s) => `BRAGGSTREAM__${s}`),
  );
  const environment = fc.dictionary(name, fc.string(), { maxKeys: 3 });
  fc.assert(
    fc.property(environment, (env) => judged(() => parseConfig({ environment: env }))),
    { numRuns: 300 },
  );
});

t.test("what is printed reads back as the same configuration", async () => {
  const good = fc.record(
    {
      source: fc.record({
        silence_s: fc.double({ min: 0.1, max: 86400, noNaN: true }),
        topic: fc.string({ unit: "grapheme" }),
        bind: fc.boolean(),
      }),
      scan: fc.record({ shape: fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 1000 })), line_skip: fc.nat(100) }),
      calibration: fc.record({ scan_rotation: fc.double({ min: -6, max: 6, noNaN: true }) }),
      http: fc.record({ allowed_hosts: fc.array(fc.constantFrom("lab", "lab:80", "[::1]:80"), { maxLength: 3 }) }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(good, (table) => {
      const first = parseConfig({ file: { name: "f", text: stringify(table) } });
      const again = parseConfig({ file: { name: "g", text: configToml(first) } });
      const differences = FIELDS.filter(({ path: [section = "", name] }) => {
        const pick = (c: object): unknown =>
          name === undefined ? Reflect.get(c, section) : Reflect.get(Object(Reflect.get(c, section)), name);
        return JSON.stringify(pick(first.config)) !== JSON.stringify(pick(again.config));
      });
      return differences.length === 0;
    }),
    { numRuns: 100 },
  );
});

t.test("every key accepts its default and refuses a value of another kind", async (t) => {
  for (const field of FIELDS) {
    t.ok(field.accepts(field.default), `${field.key} accepts its default`);
    t.notOk(field.accepts({ other: 1 }), `${field.key} refuses a table`);
    t.notOk(field.accepts(undefined), `${field.key} refuses nothing at all`);
    t.equal(field.accepts(null), field.optional, `${field.key} may be unset only if it is optional`);
    t.match(field.about, /^[A-Z].*\.$/, `${field.key} has a sentence`);
    t.not(field.allowed, "", field.key);
  }
  t.ok("config" in checkConfig({}));
});
