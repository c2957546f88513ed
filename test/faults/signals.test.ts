/**
 * @file What a signal leaves behind: the status that shells expect (128 and its number), one short line, what is done so far, and
 * no other process.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { statusAfter } from "../../src/cli/interruption.js";
import { packagePath } from "../../src/packagePath.js";
import { requiredPackages } from "../../src/stablehlo/xla.js";
import { checkpointFiles } from "../../train/checkpoints.js";
import { readRunFile } from "../../train/runFile.js";
import {
  ENDLESS,
  leftovers,
  listening,
  needsBuild,
  soon,
  start,
  stepsIn,
  testFolder,
  tinyRun,
  willfit,
  writeTinyData,
} from "./cli.js";

const { folder, remove } = testFolder("signals");
afterAll(remove);
const data = writeTinyData(folder);
beforeEach(({ skip }) => needsBuild(skip));

const tiny = "vit-s16 --image 32 --width 64 --depth 1 --heads 2";
const endings = ["SIGTERM", "SIGHUP", "SIGKILL"] as const;

/** A run long enough to be ended in the middle. */
const EPOCHS = 25;

const hasCheckpoint = (out: string) => soon(() => expect(checkpointFiles(out).length).toBeGreaterThan(0));

describe("a training run", () => {
  const undisturbed = join(folder, "undisturbed");
  const run = (out: string) => `${tinyRun(data, EPOCHS)} --out ${out}`;

  it("has the bits of one that nobody ended, whatever ended it", async () => {
    const reference = willfit(run(undisturbed));
    const outs = await Promise.all(
      endings.map(async (signal) => {
        const out = join(folder, signal);
        const running = start(run(out));
        await hasCheckpoint(out);
        running.kill(signal);
        const ended = await running.ended;
        if (signal === "SIGKILL") expect(ended.signal).toBe(signal);
        else {
          expect(ended.stdout).toMatch(/^stopped after \d+ steps, .*; checkpoint in .*\n$/);
          expect(ended.stderr).toContain("\nstopping after this step; once more stops at once\n");
          expect(ended.status).toBe(statusAfter(signal));
          expect(readRunFile(out).end?.how).toBe("stopped");
          expect(leftovers(out)).toEqual([]);
        }
        expect(checkpointFiles(out)[0]!.step).toBeLessThan(8 * EPOCHS);
        return out;
      }),
    );
    expect((await reference).status).toBe(0);
    const weights = readFileSync(checkpointFiles(undisturbed)[0]!.path);
    await Promise.all(
      outs.map(async (out) => {
        expect((await willfit(`${run(out)} --resume`)).status).toBe(0);
        expect(readFileSync(checkpointFiles(out)[0]!.path).equals(weights)).toBe(true);
        expect(stepsIn(out)).toEqual(stepsIn(undisturbed));
        expect(leftovers(out)).toEqual([]);
      }),
    );
  });

  it("takes two signals at once for one", async () => {
    const out = join(folder, "twice");
    const running = start(`${tinyRun(data, ENDLESS)} --out ${out}`);
    await hasCheckpoint(out);
    // As npm does, which passes on what the terminal has sent to all.
    running.kill("SIGINT");
    running.kill("SIGINT");
    const { status, stdout } = await running.ended;
    expect(stdout).toMatch(/^stopped after \d+ steps/);
    expect(status).toBe(statusAfter("SIGINT"));
  });
});

describe("sweep", () => {
  const line = `sweep ${tiny} --on tpu-v3-8,tpu-v4x4 --batch 64,128,256,512 --remat none,block --momentum-dtype f32,bf16 --optimizer adamw,sgd,lion --width 64,128,192 --csv`;

  it.each(["SIGINT", "SIGTERM"] as const)("without a file says that it was ended: %s", async (signal) => {
    const running = start(line);
    await listening(running);
    running.kill(signal);
    expect(await running.ended).toMatchObject({
      status: statusAfter(signal),
      stdout: "",
      stderr: "interrupted\n",
    });
  });

  it.each(["SIGINT", "SIGKILL"] as const)("with a file goes on from what is done: %s", async (signal) => {
    const output = join(folder, `${signal}.csv`);
    const journal = `${output}.partial`;
    const running = start(`${line} -o ${output}`);
    await soon(() => expect(readFileSync(journal, "utf8").split("\n").length).toBeGreaterThan(4));
    running.kill(signal);
    const ended = await running.ended;
    if (signal === "SIGINT") {
      expect(ended).toMatchObject({ status: statusAfter(signal), stdout: "" });
      expect(ended.stderr).toBe(
        `stopped; what is done is kept in ${journal}, and the same command goes on from there\n`,
      );
      expect(leftovers(folder)).toEqual([]);
    }
    expect(existsSync(output)).toBe(false);
    const again = await willfit(`${line} -o ${output}`);
    expect(again.stderr).toMatch(/^going on from .* configurations are done\n.*: \d+ rows\n/);
    expect(again.status).toBe(0);
    expect(leftovers(folder)).toEqual([]);
  });
});

describe("verify", () => {
  const script = join(folder, "python");
  const child = join(folder, "python.pid");
  const env = { WILLFIT_PYTHON: script, XDG_CACHE_HOME: join(folder, "cache") };
  /** What a Python says of itself that has all packages. */
  const versions = JSON.stringify(requiredPackages);

  /** A Python that goes on for ever at some command of the script, having written down its process. */
  function python(hangsAt: "packages" | "its work", hang: string): void {
    const answer = hangsAt === "packages" ? "" : `[ "$2" = packages ] && echo '${versions}' && exit\n`;
    writeFileSync(script, `#!/bin/sh\n${answer}${hang}\n`);
    chmodSync(script, 0o755);
    writeFileSync(child, "");
  }

  const isThere = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  async function startedChild(): Promise<number> {
    const pid = await soon(() => {
      const text = readFileSync(child, "utf8");
      expect(text).toMatch(/^\d+\n$/);
      return Number(text);
    });
    expect(isThere(pid)).toBe(true);
    return pid;
  }

  it.each([
    ["--on tpu-v3-8", "packages"],
    ["--on tpu-v3-8", "its work"],
    ["--execute", "packages"],
    ["--execute", "its work"],
  ] as const)("takes its Python with it: %s, %s", async (how, hangsAt) => {
    python(hangsAt, `echo $$ > ${child}\nexec sleep 600`);
    const running = start(`verify ${tiny} --batch 8 ${how}`, { env });
    const pid = await startedChild();
    running.kill("SIGINT");
    const { status, stdout, stderr } = await running.ended;
    expect(stderr).toMatch(/^(- [^\n]+\n)?interrupted\n$/);
    expect({ status, stdout }).toEqual({ status: statusAfter("SIGINT"), stdout: "" });
    await soon(() => expect(isThere(pid)).toBe(false));
    expect(existsSync(join(folder, "cache"))).toBe(false);
  });

  it("ends at once at a second signal, whatever its Python does", async () => {
    python("its work", `trap "" TERM\necho $$ > ${child}\nwhile true; do sleep 0.1; done`);
    const running = start(`verify ${tiny} --batch 8 --on tpu-v3-8`, { env });
    const pid = await startedChild();
    running.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(isThere(running.pid)).toBe(true);
    const began = performance.now();
    running.kill("SIGINT");
    const { status } = await running.ended;
    // Of its own accord it waits five seconds for the child.
    expect(performance.now() - began).toBeLessThan(2500);
    expect(status).toBe(statusAfter("SIGINT"));
    process.kill(pid, "SIGKILL");
  });

  it("that is killed leaves no compiler at work", async ({ skip }) => {
    if (process.platform !== "linux") skip("only Linux ends a process with the one that waits for it");
    if (spawnSync("python3", ["-c", "import ctypes"]).status !== 0) skip("there is no Python 3");
    const hang = [
      "import os, sys, time",
      `sys.path.insert(0, "${packagePath("src/stablehlo")}")`,
      "import xla",
      "xla.end_with_parent()",
      `print(os.getpid(), file=open("${child}", "w"))`,
      "time.sleep(600)",
    ];
    python("its work", `exec python3 -B -c '${hang.join("\n")}'`);
    const running = start(`verify ${tiny} --batch 8 --on tpu-v3-8`, { env });
    const pid = await startedChild();
    running.kill("SIGKILL");
    await running.ended;
    await soon(() => expect(isThere(pid)).toBe(false));
  });
});

describe("what takes minutes", () => {
  const config = { WILLFIT_CONFIG: join(folder, "config") };

  it.each([
    ["calibrate", "calibrate --backend wasm", /^interrupted: nothing was kept\n$/],
    [
      "experiment",
      `experiment pooling --data mnist --epochs 1 -o ${join(folder, "pooling.md")}`,
      /\nstopped; what is done is kept in .*pooling\.md\.partial, and the same command goes on from there\n$/,
    ],
    ["crosscheck", "crosscheck --quick", /\nstopped after \d+ of \d+ rows/],
    ["batches", "batches siglip-b16 --on tpu-v4x4", /^interrupted\n$/],
  ] as const)("%s is ended by SIGTERM", async (_, line, message) => {
    const running = start(line, { env: config });
    await listening(running);
    running.kill("SIGTERM");
    const { status, stderr } = await running.ended;
    expect(stderr).toMatch(message);
    expect(status).toBe(statusAfter("SIGTERM"));
    expect(leftovers(folder)).toEqual([]);
    expect(existsSync(join(folder, "config", "hardware-profiles", "host.json"))).toBe(false);
  });

  it.each(["report", "export"] as const)(
    "%s has nothing to tidy up: the signal itself ends it",
    async (name) => {
      const output = join(folder, `${name}-output`);
      const running = start(`${name} efficientnet-b7 --batch 64 --on tpu-v3-8 -o ${output}`);
      await new Promise((resolve) => setTimeout(resolve, 300));
      running.kill("SIGTERM");
      // What a shell shows as status 143.
      expect(await running.ended).toMatchObject({ status: undefined, signal: "SIGTERM", stdout: "" });
      expect(readdirSync(folder).filter((file) => file.startsWith(`${name}-output`))).toEqual([]);
    },
  );
});
