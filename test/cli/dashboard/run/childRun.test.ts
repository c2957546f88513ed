/** @file A run in a process of its own, with programs that stand in for it: its lines, how it ends and how it is ended. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, expect, it, vi } from "vitest";
import { type Executable, startChild } from "../../../../src/cli/dashboard/run/childRun.js";

/** A process may take its time to start where the computer has other things to do. */
const soon = (check: () => void) => vi.waitFor(check, { timeout: 30_000, interval: 20 });

const fake: Executable = [process.execPath, fileURLToPath(new URL("fakeTraining.mjs", import.meta.url))];
const base = mkdtempSync(join(tmpdir(), "willfit-child-"));
afterAll(() => rmSync(base, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

function start(how: string, executable: Executable = fake) {
  vi.stubEnv("FAKE", how);
  const lines: string[] = [];
  const child = startChild(executable, {
    arguments: ["train", "vit-s16", "--out", join(base, how)],
    directory: base,
    onLine: (line) => lines.push(line),
  });
  return { child, lines };
}

it("tells its lines but for the bar and what is in the record, and its answer", async () => {
  const { child, lines } = start("finishes");
  expect(await child.closed).toEqual({
    outcome: "finished",
    words: "finished after 180 steps; checkpoint in somewhere",
  });
  expect(lines).toEqual([
    "vit-s16: 208,074 parameters, 180 steps",
    "most often confused: four taken for nine: 31 of 982",
  ]);
});

it("is stopped with a checkpoint", async () => {
  const { child, lines } = start("stops");
  await soon(() => expect(lines).toContain("ready"));
  child.stop();
  expect(await child.closed).toEqual({
    outcome: "stopped",
    words: "stopped after 7 steps; checkpoint in somewhere",
  });
});

it("is ended the second time, whatever it does", async () => {
  const { child, lines } = start("hangs");
  await soon(() => expect(lines).toContain("ready"));
  child.stop();
  await soon(() => expect(lines).toContain("not now"));
  child.stop();
  expect(await child.closed).toEqual({ outcome: "killed", words: "ended by SIGKILL" });
});

it("ends at once while it has nothing to keep", async () => {
  const { child, lines } = start("loads");
  await soon(() => expect(lines).toContain("loading"));
  child.stop();
  expect(await child.closed).toEqual({
    outcome: "killed",
    words: "ended before there was a checkpoint of this start",
  });
});

it("says its last line and its status when it fails", async () => {
  expect(await start("refuses").child.closed).toEqual({
    outcome: "failed",
    words: "willfit: --batch 32q: not a number of examples; write 128 or 1k (status 2)",
  });
  expect(await start("crashes").child.closed).toEqual({ outcome: "failed", words: "status 70" });
});

it("says why it could not be started", async () => {
  const { child } = start("finishes", [join(base, "no-such-program")]);
  const end = await child.closed;
  expect(child.processId).toBeUndefined();
  expect(end.outcome).toBe("failed");
  expect(end.words).toMatch(/^could not be started: .*ENOENT/);
});
