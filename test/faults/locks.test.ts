/** @file Two processes at one run or one journal: the second is refused and disturbs nothing; a dead one holds nothing. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { startChild } from "../../src/cli/dashboard/run/childRun.js";
import { INTERRUPTED } from "../../src/cli/interruption.js";
import { openJournal, withJournal } from "../../src/cli/journal.js";
import { MALFORMED } from "../../src/cli/program.js";
import { lockFile } from "../../src/lockFile.js";
import { checkpointFiles } from "../../train/checkpoints.js";
import {
  ENDLESS,
  executable,
  leftovers,
  needsBuild,
  soon,
  start,
  stepsIn,
  testFolder,
  tinyRun,
  willfit,
  writeTinyData,
} from "./cli.js";

const { folder, remove } = testFolder("locks");
afterAll(remove);
const data = writeTinyData(folder);

const probe = lockFile(join(folder, "probe.lock"), "the probe");
probe.release();
beforeEach(({ skip }) => {
  if (probe.missing !== undefined) skip(`there are no kernel locks here: ${probe.missing}`);
});

describe("a lock", () => {
  it("is one holder's, even in one process, and the next one's when it is released", () => {
    const path = join(folder, "a.lock");
    const lock = lockFile(path, "a");
    expect(lock.missing).toBeUndefined();
    expect(readFileSync(path, "utf8")).toBe(`${process.pid}\n`);
    expect(() => lockFile(path, "a")).toThrow(
      `a is in use by process ${process.pid}: wait for its end, or stop it`,
    );
    lock.release();
    expect(existsSync(path)).toBe(false);
    lockFile(path, "a").release();
  });
});

describe("a run", () => {
  beforeEach(({ skip }) => needsBuild(skip));

  it("keeps its folder to itself, and goes on undisturbed", async () => {
    const out = join(folder, "one");
    const first = start(`${tinyRun(data, ENDLESS)} --out ${out}`);
    await soon(() => expect(checkpointFiles(out).length).toBeGreaterThan(0));
    const described = readFileSync(join(out, "run.json"), "utf8");
    const words = `willfit: ${out} is in use by process ${first.pid}: wait for its end, or stop it\n`;
    for (const again of ["", " --resume"]) {
      const { status, stdout, stderr } = await willfit(`${tinyRun(data, ENDLESS)} --out ${out}${again}`);
      expect(stderr).toMatch(/^training on wasm [^\n]+\nwillfit: [^\n]+\n$/);
      expect(stderr.endsWith(words)).toBe(true);
      expect({ status, stdout }).toEqual({ status: MALFORMED, stdout: "" });
    }
    // The dashboard starts and resumes runs as processes of this kind, and shows how they have ended.
    const child = startChild([process.execPath, executable], {
      arguments: [...tinyRun(data, ENDLESS).split(" "), "--out", out, "--resume"],
      directory: folder,
      onLine: () => {},
    });
    expect(await child.closed).toEqual({ outcome: "failed", words: `${words.trim()} (status 2)` });

    expect(readFileSync(join(out, "run.json"), "utf8")).toBe(described);
    const before = checkpointFiles(out)[0]!.step;
    await soon(() => expect(checkpointFiles(out)[0]!.step).toBeGreaterThan(before));
    first.kill("SIGINT");
    expect((await first.ended).status).toBe(INTERRUPTED);
    const steps = stepsIn(out);
    expect(steps).toEqual(steps.map((_, i) => i + 1));
    expect(leftovers(out)).toEqual([]);
  });

  it("that was killed is resumed at once", async () => {
    const out = join(folder, "killed");
    const first = start(`${tinyRun(data, ENDLESS)} --out ${out}`);
    await soon(() => expect(checkpointFiles(out).length).toBeGreaterThan(0));
    first.kill("SIGKILL");
    await first.ended;
    const second = start(`${tinyRun(data, ENDLESS)} --out ${out} --resume`);
    const before = checkpointFiles(out)[0]!.step;
    await soon(() => expect(checkpointFiles(out)[0]!.step).toBeGreaterThan(before));
    second.kill("SIGTERM");
    expect(await second.ended).toMatchObject({ status: 143, stdout: /^stopped after \d+ steps/ });
    expect(leftovers(out)).toEqual([]);
  });

  it("is not begun anew over checkpoints, nor is a folder made for one that is not there", async () => {
    const out = join(folder, "done");
    expect((await willfit(`${tinyRun(data, 1)} --out ${out}`)).status).toBe(0);
    const again = await willfit(`${tinyRun(data, 1)} --out ${out}`);
    expect(again.stderr).toContain("is there already: --resume goes on from it, another --out starts anew");
    expect(again.status).toBe(MALFORMED);
    expect(readdirSync(out)).not.toContain("run.lock");
    const nowhere = await willfit(`${tinyRun(data, 1)} --out ${join(folder, "nowhere")} --resume`);
    expect(nowhere.stderr).toContain("there is no checkpoint in");
    expect(nowhere.status).toBe(MALFORMED);
    expect(existsSync(join(folder, "nowhere"))).toBe(false);
  });
});

describe("a journal", () => {
  it("is one sweep's", async ({ skip }) => {
    needsBuild(skip);
    const output = join(folder, "sweep.csv");
    const line = `sweep vit-s16 --on tpu-v3-8 --batch 64 --image 32 --width 64 --depth 1 --heads 2 --csv -o ${output}`;
    await withJournal(output, {}, { note: () => {} }, async (journal) => {
      journal!.append(0, 1);
      const { status, stderr } = await willfit(line);
      expect(stderr).toBe(
        `willfit: ${output} is in use by process ${process.pid}: wait for its end, or stop it\n`,
      );
      expect(status).toBe(MALFORMED);
    });
    // What the first had done is there still.
    expect(openJournal(`${output}.partial`, {}).known).toEqual(new Map([[0, 1]]));
    openJournal(`${output}.partial`, {}).remove();
    expect((await willfit(line)).status).toBe(0);
    expect(readdirSync(folder).filter((name) => name.startsWith("sweep"))).toEqual(["sweep.csv"]);
  });
});
