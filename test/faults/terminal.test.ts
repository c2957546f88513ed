/** @file A terminal that is closed: the run in it ends with a checkpoint, whoever shows it. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, expect, it } from "vitest";
import { checkpointFiles } from "../../train/checkpoints.js";
import { readRunFile } from "../../train/runFile.js";
import { hasTmux, openTmux } from "../cli/dashboard/tmux.js";
import { ENDLESS, executable, needsBuild, soon, testFolder, tinyRun, writeTinyData } from "./cli.js";

const { folder, remove } = testFolder("terminal");
afterAll(remove);
const data = writeTinyData(folder);

beforeEach(({ skip }) => {
  needsBuild(skip);
  if (!hasTmux) skip("there is no tmux of 3.2 or later");
});

function open(args: string) {
  const tmux = openTmux({ columns: 100, rows: 30 }, { WILLFIT_CONFIG: folder, NO_COLOR: "1" });
  tmux.type(`cd ${folder}; '${process.execPath}' '${executable}' ${args}\n`);
  return tmux;
}

async function expectStopped(out: string): Promise<void> {
  await soon(() => expect(readRunFile(out).end?.how).toBe("stopped"));
  await soon(() => expect(readdirSync(out)).not.toContain("run.lock"));
  const { step } = checkpointFiles(out)[0]!;
  expect(step).toBeGreaterThan(0);
}

it.each(["", "--dashboard"])("with a run in it: %s", async (view) => {
  const out = join(folder, `run${view}`);
  const tmux = open(`${tinyRun(data, ENDLESS)} --out ${out} ${view}`);
  await soon(() => expect(checkpointFiles(out).length).toBeGreaterThan(0));
  tmux.close();
  await expectStopped(out);
});

it("with the dashboard that trains: its run is asked twice, and ends once", async () => {
  const tmux = open("dashboard vit-s16 --batch 1k --on tpu-v3-8");
  await tmux.until(/\[1 Plan\]/);
  tmux.send("7");
  await tmux.until(/willfit train vit-s16 .*--data mnist/s);
  tmux.send("Enter");
  await tmux.until(/step +\d+ of \d+.*loss +\d/s, 60);
  tmux.close();
  await expectStopped(join(folder, "runs", "vit-s16-mnist-1"));
});

it("Ctrl-C in it is shown and gives the terminal back", async () => {
  const out = join(folder, "pressed");
  const tmux = open(`${tinyRun(data, ENDLESS)} --out ${out}; echo status $?`);
  try {
    await soon(() => expect(checkpointFiles(out).length).toBeGreaterThan(0));
    tmux.send("C-c");
    await tmux.until(
      /epoch 1: test accuracy.*most often confused.*stopping after this step.*stopped after \d+ steps.*status 130/s,
    );
    expect(tmux.ask("cursor_flag")).toBe("1");
  } finally {
    tmux.close();
  }
});
