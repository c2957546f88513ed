/** @file What is declared is used, what is used is declared, and docs/ says what for, under which licence. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { groupsBy } from "../src/groupsBy.js";
import { markdownTable } from "../src/markdownTable.js";

interface Manifest {
  readonly license: string;
  readonly bin?: string | Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const readJson = <T>(path: string) => JSON.parse(readFileSync(path, "utf8")) as T;
const manifestOf = (name: string) => readJson<Manifest>(join("node_modules", name, "package.json"));

const { scripts, dependencies, optionalDependencies, devDependencies } = readJson<Manifest>("package.json");
const atRunTime = Object.keys({ ...dependencies, ...optionalDependencies });
const forDevelopment = Object.keys(devDependencies);

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(tsx?|mjs)$/.test(file))
    .map((file) => join(folder, file));
const shipped = ["src", "sim", "train"].flatMap(filesIn);
const tests = [...filesIn("test"), "vitest.config.ts"];
const textOf = (path: string) => readFileSync(path, "utf8");

/** `@scope/name` of `@scope/name/file`, `name` of `name/file`. */
const packageOf = (specifier: string) => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");

/** Packages that a file imports, at any moment. */
const importedBy = (path: string) =>
  [
    ...textOf(path).matchAll(
      /^(?:import|export) (?:[^;"]*? from )?"([^"]+)"|\b(?:import|vi\.mock)\("([^"]+)"/gm,
    ),
  ]
    .map(([, at, later]) => at ?? later!)
    .filter((specifier) => !specifier.startsWith(".") && !isBuiltin(specifier))
    .map(packageOf);

/** Whether a file names a package in quotes: some are only looked for, or loaded where they are. */
const names = (path: string, name: string) =>
  [`"${name}"`, `"${name}/`, `\`${name}/`].some((quoted) => textOf(path).includes(quoted));

/** Packages that every command line loads. */
function loadedAtStart(path: string, seen = new Set<string>()): Set<string> {
  for (const [, specifier] of textOf(path).matchAll(
    /^(?:import|export) (?!type )(?:[^;"]*? from )?"([^"]+)"/gm,
  )) {
    if (isBuiltin(specifier!)) continue;
    if (!specifier!.startsWith(".")) seen.add(packageOf(specifier!));
    else {
      const file = join(dirname(path), specifier!.replace(/\.js$/, ".ts"));
      if (!seen.has(file)) loadedAtStart(file, seen.add(file));
    }
  }
  return seen;
}

const rows = [
  ...textOf("docs/dependencies.md").matchAll(/^\| `(@?[a-z\d./-]+)` \| ([^|]+) \| ([^|]+) \| .+ \|$/gm),
].map(([, name, licence, loaded]) => ({ name: name!, licence: licence!, loaded: loaded! }));

describe("dependencies", () => {
  it.each(atRunTime)("%s is used outside of tests", (name) => {
    expect(shipped.some((path) => names(path, name))).toBe(true);
  });

  it.each(forDevelopment)("%s is for tests or scripts, and for nothing else", (name) => {
    const { bin = {} } = manifestOf(name);
    const isTool = Object.keys(bin).some((tool) =>
      Object.values(scripts).some((script) => script.includes(tool)),
    );
    const isTypes = atRunTime.includes(name.replace("@types/", "")) || name === "@types/node";
    expect(isTool || isTypes || tests.some((path) => names(path, name))).toBe(true);
    expect(shipped.filter((path) => importedBy(path).includes(name))).toEqual([]);
  });

  it("are all declared", () => {
    const undeclared = (paths: readonly string[], declared: readonly string[]) =>
      paths.flatMap((path) =>
        importedBy(path)
          .filter((name) => !declared.includes(name))
          .map((name) => `${path}: ${name}`),
      );
    expect(undeclared(shipped, atRunTime)).toEqual([]);
    // Tests import the library by its name, as others do.
    expect(undeclared(tests, [...atRunTime, ...forDevelopment, "willfit"])).toEqual([]);
    // That imports are found at all.
    expect(shipped.flatMap(importedBy)).toEqual(expect.arrayContaining(["commander", "mathjs", "react"]));
  });

  it("have a line each in docs/dependencies.md", () => {
    expect(rows.map(({ name }) => name).sort()).toEqual([...atRunTime, ...forDevelopment].sort());
  });

  it.each(rows.filter(({ name }) => existsSync(join("node_modules", name))))(
    "$name is $licence",
    ({ name, licence }) => {
      expect(licence).toBe(manifestOf(name).license);
    },
  );

  it("are loaded at start where that is said, and nowhere else", () => {
    const said = rows.filter(({ loaded }) => loaded === "at start").map(({ name }) => name);
    const loaded = [...loadedAtStart("src/cli/main.ts")].filter((name) => !name.includes(".ts"));
    expect(loaded.sort()).toEqual(said.sort());
  });
});

interface Locked {
  readonly version: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
}

/** Asks for no more than to be named. */
const isUsual = (licence: string) =>
  licence
    .replace(/[()]/g, "")
    .split(" OR ")
    .some((one) =>
      one
        .split(" AND ")
        .every((part) => ["MIT", "ISC", "0BSD", "Apache-2.0"].includes(part) || /^BSD-/.test(part)),
    );

const columns = ["needed", "optional", "development"] as const;
const kindOf = ({ dev, optional, devOptional }: Locked) =>
  dev ? "development" : optional || devOptional ? "optional" : "needed";

it("docs/licences.md counts what is installed, as the lock has it (-u renews it)", async () => {
  const { packages } = readJson<{ readonly packages: Readonly<Record<string, Locked>> }>("package-lock.json");
  const locked = Object.entries(packages)
    .filter(([path]) => path !== "")
    .map(([path, entry]) => ({
      name: `${path.replace(/^.*node_modules\//, "")} ${entry.version}`,
      licence: entry.license ?? "none stated",
      kind: kindOf(entry),
    }));
  const licences = groupsBy(locked, ({ licence }) => licence).map((all) => ({
    licence: all[0]!.licence,
    counts: columns.map((kind) => all.filter((one) => one.kind === kind).length),
    names: all.map(({ name }) => name),
  }));
  const total = ({ counts }: (typeof licences)[number]) => counts.reduce((sum, count) => sum + count, 0);
  const sorted = licences.sort((a, b) => total(b) - total(a) || (a.licence < b.licence ? -1 : 1));
  const unusual = sorted.filter(({ licence }) => !isUsual(licence));
  const page = [
    "# Licences of what is installed",
    "",
    `${locked.length} packages of package-lock.json, those of all platforms included. Made by`,
    "`npx vitest run test/dependencies.test.ts -u`.",
    "",
    markdownTable(
      ["licence", ...columns],
      sorted.map(({ licence, counts }) => [licence, ...counts]),
      (column) => column > 0,
    ),
    "",
    "Neither MIT, ISC, BSD nor Apache:",
    "",
    ...unusual.map(({ licence, names }) => `- ${licence}: ${[...names].sort().join(", ")}`),
    "",
  ].join("\n");
  expect(licences.map(({ licence }) => licence)).not.toContain("none stated");
  await expect(page).toMatchFileSnapshot("../docs/licences.md");
});
