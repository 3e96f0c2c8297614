// Takes of an API description what some paths need, because a whole one is more
// than the mock server bears: node test/described.mjs DESCRIPTION PATH... > part.json
import { readFileSync } from "node:fs";

const [file, ...paths] = process.argv.slice(2);
const whole = JSON.parse(readFileSync(file, "utf8"));
const part = { ...whole, paths: {} };
for (const path of paths) {
  if (!whole.paths[path]?.get) {
    console.error(`${path} is not described`);
    continue;
  }
  part.paths[path] = { get: whole.paths[path].get, parameters: whole.paths[path].parameters ?? [] };
}

// What the paths refer to, and what that refers to.
const names = new Set();
const follow = (value) => {
  if (value === null || typeof value !== "object") return;
  for (const [key, v] of Object.entries(value)) {
    if (key === "$ref" && typeof v === "string" && !names.has(v)) {
      names.add(v);
      follow(v.split("/").slice(1).reduce((at, step) => at?.[step.replaceAll("~1", "/").replaceAll("~0", "~")], whole));
    }
    follow(v);
  }
};
follow(part.paths);
const only = (section, prefix) =>
  Object.fromEntries(Object.entries(section ?? {}).filter(([name]) => names.has(prefix + name)));
if (whole.components) {
  part.components = Object.fromEntries(
    Object.entries(whole.components).map(([kind, section]) => [kind, kind === "securitySchemes" ? section : only(section, `#/components/${kind}/`)]),
  );
}
for (const section of ["definitions", "parameters", "responses"]) {
  if (whole[section]) part[section] = only(whole[section], `#/${section}/`);
}
delete part.webhooks;
delete part["x-webhooks"];
process.stdout.write(JSON.stringify(part));
