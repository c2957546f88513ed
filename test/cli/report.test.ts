/** @file `willfit report`: where the page goes, and what is refused. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { willfit } from "./capture.js";

const small = "vit-s16 --depth 1 --batch 64 --on tpu-v3-8";

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "willfit-report-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

const headingOf = (text: string) => parseHTML(text).document.querySelector("h1")!.textContent;

describe("willfit report", () => {
  it("writes the page, and says on standard error where it is and what it says", async () => {
    const path = join(folder, "report.html");
    const { status, stdout, stderr } = await willfit(`report ${small} -o ${path}`);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect(stderr).toMatch(/^\S+report\.html: fits, needs [\d.]+ MiB a core, tpu-v3-8 has 15\.48 GiB\n$/);
    expect(readFileSync(path, "utf8")).toMatch(/^<!doctype html>\n<html lang="en">[\s\S]*<\/html>\n$/);
  });

  it("is 0 for what does not fit, too: the page is there", async () => {
    const line = "report vit-s16 --depth 1 --batch 1M --on tpu-v3-8";
    const { status, stderr } = await willfit(`${line} --output ${join(folder, "too-much.html")}`);
    expect(status).toBe(0);
    expect(stderr).toContain("does not fit");
  });

  it("has the command line that asks for it again, which does", async () => {
    const { stdout } = await willfit(`report ${small} --remat block`);
    const command = parseHTML(stdout).document.querySelector(".command code")!.textContent!;
    expect(command).toBe(
      "willfit report vit-s16 --batch 64 --on tpu-v3-8 --depth 1 --remat block -o report.html",
    );
    const again = await willfit(command.replace(/^willfit /, "").replace(/ -o .*/, ""));
    expect(headingOf(again.stdout)).toBe(headingOf(stdout));
    const withoutDate = (text: string) => text.replace(/<time .*<\/time>/, "");
    expect(withoutDate(again.stdout)).toBe(withoutDate(stdout));
  });

  it("goes to standard output in a pipe, and where it is asked to", async () => {
    for (const line of [`report ${small}`, `report ${small} -o -`]) {
      const { status, stdout, stderr } = await willfit(line);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(headingOf(stdout)).toBe("vit-s16, 64 examples a step on tpu-v3-8 (8 cores, 8 each)");
    }
  });

  it("writes a trace beside it", async () => {
    const [page, trace] = [join(folder, "both.html"), join(folder, "both.json")];
    const { status, stderr } = await willfit(`report ${small} -o ${page} --trace ${trace}`);
    expect(status).toBe(0);
    expect(stderr).toMatch(/both\.json: [\d,]+ fusions of one step\n\S+both\.html: fits/);
    const { traceEvents } = JSON.parse(readFileSync(trace, "utf8")) as { traceEvents: object[] };
    expect(traceEvents.length).toBeGreaterThan(100);
  });

  it("predicts a recipe's run", async () => {
    const { stdout } = await willfit("report --recipe vit-s16-90ep");
    expect(parseHTML(stdout).document.querySelector("#run h2")!.textContent).toMatch(
      /^The run vit-s16-90ep: 6 h \d+ min$/,
    );
  });
});

describe("a report that cannot be", () => {
  it.each([
    [`report ${small} -o /nowhere/report.html`, /could not write \/nowhere\/report\.html: /],
    [`report vit-s61 --batch 64 --on tpu-v3-8`, /unknown model "vit-s61"; did you mean vit-s/],
    ["report vit-s16 --batch 63 --on tpu-v3-8", /63 does not divide among 8 devices/],
    ["report vit-s16 --batch 8", /--on is missing/],
    ["report vit-s16 --batch 8 --on host --trace step.json", /host runs the program as it is/],
    ["report --recipe vit-s16-90ep --on host", /host: whole runs are predicted for accelerators/],
    [`report ${small} --json`, /unknown option '--json'/],
  ])("%s is refused in one line", async (line, words) => {
    const { status, stdout, stderr } = await willfit(line);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/^willfit: [^\n]+\n$/);
    expect(stderr).toMatch(words);
  });

  it("leaves nothing behind", async () => {
    const before = readdirSync(folder);
    await willfit(`report vit-s61 --batch 64 --on tpu-v3-8 -o ${join(folder, "none.html")}`);
    expect(readdirSync(folder)).toEqual(before);
  });

  it("asks for a file rather than fill a person's screen", async () => {
    const known = Object.getOwnPropertyDescriptor(process.stdout, "isTTY");
    Object.defineProperty(process.stdout, "isTTY", { value: true, configurable: true });
    try {
      const { status, stderr } = await willfit(`report ${small}`);
      expect(status).toBe(2);
      expect(stderr).toBe("willfit: --output is missing: say which file, such as -o report.html\n");
    } finally {
      if (known) Object.defineProperty(process.stdout, "isTTY", known);
      else Reflect.deleteProperty(process.stdout, "isTTY");
    }
  });
});
