/** @file What --help says: the same of every command, at 80 columns, with examples that can be asked. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Configure } from "../../src/cli/program.js";
import { terminalOf } from "../../src/cli/terminal.js";
import { willfit } from "./capture.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const COLUMNS = 80;
const ESCAPE = "\u001b[";

const pageOf = async (command: string) => (await willfit(`${command} --help`, { columns: COLUMNS })).stdout;

/** Examples of a page, each on one line, without what a shell makes of the answer. */
const examplesOf = (page: string) =>
  [...page.replaceAll(/ \\\n +/g, " ").matchAll(/^ {2}willfit(?: (.+))?$/gm)].map(([, words = ""]) =>
    words.replace(/ (\||&&) .*/, ""),
  );

const commands = [...(await pageOf("")).matchAll(/^ {2}([a-z]+) {2,}\S/gm)]
  .map(([, name]) => name!)
  .filter((name) => name !== "help");

const pages = new Map<string, string>();
for (const command of commands) pages.set(command, await pageOf(command));
const examples = [...pages.values()].flatMap(examplesOf);

describe.each(["", ...commands])("willfit %s --help", (command) => {
  it("has examples, what the answer is, the exit status and where to read on", async () => {
    const page = await pageOf(command);
    expect(page).toMatch(/^Examples:\n {2}willfit[^\n]*\n/);
    expect(page).toMatch(/\n\nExit status: 0 .+2 the\s+question\s+was\s+malformed/s);
    expect(page).toMatch(/\n\nRead on: .+\n\nUsage: willfit /s);
    for (const example of examplesOf(page).filter((words) => command !== "" && words !== ""))
      expect(example.split(" ")[0]).toBe(command);
  });

  it("sends the reader to pages and headings that there are", async () => {
    const [, readOn = ""] = (await pageOf(command)).split("\n\nRead on: ");
    const words = readOn.split("\n\n")[0]!.replaceAll(/\s+/g, " ");
    for (const [, page = "", heading = ""] of words.matchAll(/([\w/-]+\.md)(?:, "([^"]+)")?/g)) {
      const text = readFileSync(join(root, page), "utf8");
      if (heading !== "")
        expect(text).toMatch(new RegExp(`^(#+ |\\*\\*\\d\\. )${heading.replace("?", "\\?")}`, "m"));
    }
  });

  it("has room in 80 columns, and no colours that nobody sees", async () => {
    const page = await pageOf(command);
    expect(page.split("\n").filter((line) => line.length > COLUMNS)).toEqual([]);
    expect(page).not.toContain(ESCAPE);
  });
});

describe("examples", () => {
  const terminal = terminalOf({ stdout: { write: () => {} }, stderr: { write: () => {} }, env: {} });

  it.each(examples)("willfit %s: is read", async (line) => {
    const [name = "", ...words] = line.split(" ");
    const { configure } = (await import(`../../src/cli/${name}.ts`)) as { configure: Configure };
    const command = new Command(name).exitOverride().configureOutput({ outputError: () => {} });
    configure(command, terminal, () => {});
    let isRead = false;
    command.action(() => {
      isRead = true;
    });
    await command.parseAsync(words, { from: "user" });
    expect(isRead).toBe(true);
  });

  // These take minutes or many seconds, need XLA or a file, or measure; tests of their own see to them.
  const elsewhere =
    /^(batches|calibrate|crosscheck|doctor|experiment .|sweep|train|verify|completion)|siglip-b16 --batch 32k/;
  /** Those that train, without the training. */
  const runs = examples
    .filter((line) => /^train .*--data mnist/.test(line))
    .map((line) => (line.includes("--dry-run") ? line : `${line} --dry-run`));
  const home = process.cwd();
  let folder = "";

  // Some of them write files.
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "willfit-help-"));
    process.chdir(folder);
  });
  afterAll(() => {
    process.chdir(home);
    rmSync(folder, { recursive: true });
  });

  it.each(examples.filter((line) => !elsewhere.test(line) && !line.includes("--run ")).concat(runs))(
    "willfit %s: is answered",
    async (line) => {
      const { status, stdout, stderr } = await willfit(line);
      expect(status, stderr).toBeLessThan(2);
      // What goes into a file is told on standard error.
      expect(`${stdout}${stderr}`).not.toBe("");
    },
  );

  it("are more than a few", () => {
    expect(commands.length).toBeGreaterThan(15);
    expect(examples.length).toBeGreaterThan(2 * commands.length);
    expect(runs.length).toBeGreaterThan(2);
  });
});

describe("help", () => {
  it.each(["help fit", "fit help", "fit -h"])("is also %s", async (line) => {
    expect(await willfit(line, { columns: COLUMNS })).toEqual(
      await willfit("fit --help", { columns: COLUMNS }),
    );
  });

  it("of no command names the nearest, on one line", async () => {
    const { status, stdout, stderr } = await willfit("help pedict");
    expect(stderr).toBe("willfit: help pedict: no command; did you mean predict?\n");
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  });

  it("has bold titles for people, unless they want no colours", async () => {
    const people = { isTTY: true, columns: COLUMNS };
    expect((await willfit("fit --help", people)).stdout).toContain(`${ESCAPE}1m`);
    expect((await willfit("fit --help", { ...people, env: { NO_COLOR: "1" } })).stdout).not.toContain(ESCAPE);
  });

  it("says the version as it is in package.json", async () => {
    const { version } = (await import("../../package.json", { with: { type: "json" } })).default;
    for (const flag of ["--version", "-V"])
      expect(await willfit([flag])).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
  });
});
