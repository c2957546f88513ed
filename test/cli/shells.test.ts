/** @file The tab key pressed in real shells. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hasTmux, openTmux, type Tmux } from "./dashboard/tmux.js";

const executable = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));

/** How each is started without anyone's settings, and reads the script; bash twice, as a second .bashrc may. */
const shells = {
  bash: {
    start: "bash --norc",
    read: "source <(willfit completion bash); source <(willfit completion bash)",
  },
  zsh: {
    start: "zsh -f",
    read: "PS1='$ '; autoload -U compinit && compinit -u -D; source <(willfit completion zsh)",
  },
  fish: { start: "fish --no-config", read: "willfit completion fish | source" },
} as const;

let folder = "";
let terminal: Tmux | undefined;

afterEach(() => {
  terminal?.close();
  terminal = undefined;
  if (folder !== "") rmSync(folder, { recursive: true, force: true });
});

describe.each(Object.entries(shells))("%s", (shell, { start, read }) => {
  beforeEach(({ skip }) => {
    if (!hasTmux) skip("there is no tmux of 3.2 or later");
    if (spawnSync(shell, ["-c", ":"]).status !== 0) skip(`there is no ${shell}`);
    if (!existsSync(executable)) skip("completion's executable needs dist/: npm run build");
    folder = mkdtempSync(join(tmpdir(), "willfit-shells-"));
  });

  it("completes commands, options, their values and files", { timeout: 120_000 }, async () => {
    const program = join(folder, "willfit");
    writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${executable}' "$@"\n`);
    chmodSync(program, 0o755);
    writeFileSync(join(folder, "timed.csv"), "");
    mkdirSync(join(folder, "photos"));
    const tmux = openTmux({ columns: 100, rows: 30 }, { HOME: folder, HISTFILE: "" });
    terminal = tmux;
    tmux.type(`cd ${folder}; export PATH="${folder}${delimiter}$PATH"; exec ${start}\n`);
    tmux.type(`${read}; clear; echo re""ady\n`);
    await tmux.until(/^ready/m);
    for (const [typed, whole] of [
      ["willfit pre", "willfit predict "],
      ["willfit fit siglip-b1", "willfit fit siglip-b16 "],
      ["willfit fit --rec", "willfit fit --recipe "],
      ["willfit fit siglip-b16 --on tpu-v4", "--on tpu-v4x4 "],
      ["willfit fit siglip-b16 --on=tpu-v4", "--on=tpu-v4x4 "],
      ["willfit sweep vit-b16 --loss sigmoid,so", "--loss sigmoid,softmax "],
      ["willfit calibrate --from ti", "--from timed.csv "],
      ["willfit train --data pho", "--data photos"],
      ["willfit train --data fash", "--data fashion-mnist "],
    ] as const) {
      tmux.type(typed);
      await tmux.until(new RegExp(typed));
      tmux.send("Tab");
      await tmux.until(new RegExp(whole.trimEnd()));
      // What is typed behind it shows the space.
      tmux.type("_");
      await tmux.until(new RegExp(`${whole}/?_`));
      tmux.send("C-u");
      await tmux.until(/^(?!.*willfit)/s);
    }
    // Where no file can stand none is offered; but fish has files for whatever has no other answer.
    if (shell === "fish") return;
    tmux.type("willfit fit tim");
    await tmux.until(/fit tim/);
    tmux.send("Tab");
    expect(await tmux.settled()).toMatch(/willfit fit tim$/m);
  });
});
