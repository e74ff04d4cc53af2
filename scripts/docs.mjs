// Writes the reference pages that derive from the code. With --check it writes nothing and fails if a page is out of date.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FIELDS, SECTIONS } from "../dist/src/config/index.js";

const root = fileURLToPath(new URL("..", import.meta.url));

const cell = (text) => text.replaceAll("|", "\\|");
const code = (value) => (value === null || value === undefined ? "not set" : `\`${JSON.stringify(value)}\``);

function row({ path, allowed, unit, default: value, about, available }) {
  const now = available?.map(code).join(", ");
  const limit = available === null ? "" : ` **In this version: ${now ? `only ${now}` : "leave it out"}.**`;
  return `| \`${path.at(-1)}\` | ${cell(allowed)} | ${unit} | ${code(value)} | ${cell(about)}${limit} |`;
}

const table = (fields) =>
  ["| key | allowed | unit | default | meaning |", "|---|---|---|---|---|", ...fields.map((field) => row(field))].join("\n");

function configuration() {
  const sections = SECTIONS.map(
    ({ name, about }) => `## [${name}]\n\n${about}\n\n${table(FIELDS.filter(({ path }) => path[0] === name && path.length > 1))}`,
  );
  const alone = FIELDS.filter(({ path }) => path.length === 1);
  return `# Configuration

<!-- Written by scripts/docs.mjs from the declaration in src/config. Do not edit. -->

One TOML file, named with \`--config FILE.toml\`. Every key has a default; an empty file is a valid one.

Precedence: defaults < file < environment < flags. The environment variable of a key is
\`BRAGGSTREAM__SECTION__KEY\`, for example \`BRAGGSTREAM__SCAN__SHAPE='[256, 256]'\` or
\`BRAGGSTREAM__SOURCE__PROTOCOL=dectris-v1\`: its text is a TOML value, and text need not be quoted. An empty text sets a key
that has no default back to *not set*. Files and folders named in the configuration file are relative to that file.

An unknown key, and a value that is not allowed, are errors that name the key, what is allowed, and where the value came from.
What a version does not have yet is refused by name. \`braggstream config print\` shows the effective configuration with the
origin of every value, \`config check\` looks for mistakes, \`config schema\` prints a JSON Schema for editors.

${sections.join("\n\n")}

## Keys outside a section

${table(alone)}
`;
}

const pages = { "docs/reference/configuration.md": configuration() };
for (const [page, text] of Object.entries(pages)) {
  const path = join(root, page);
  if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
  if (process.argv.includes("--check")) {
    console.error(`${page} is out of date: run node scripts/docs.mjs`);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    console.log(`wrote ${page}`);
  }
}
