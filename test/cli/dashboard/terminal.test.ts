/** @file The built dashboard in a real terminal: a session from a question to a run, and the terminal afterwards. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { viewNames } from "../../../src/cli/dashboard/app/state.js";
import { large, small } from "./app/session.js";
import { hasTmux, openTmux, type Tmux } from "./tmux.js";

const executable = fileURLToPath(new URL("../../../dist/src/cli/main.js", import.meta.url));

let folder = "";
let terminal: Tmux | undefined;

beforeEach(({ skip }) => {
  if (!hasTmux) skip("there is no tmux of 3.2 or later");
  if (!existsSync(executable)) skip("the dashboard's executable needs dist/: npm run build");
  folder = mkdtempSync(join(tmpdir(), "willfit-dashboard-"));
});

afterEach(() => {
  terminal?.close();
  terminal = undefined;
  if (folder !== "") rmSync(folder, { recursive: true, force: true });
});

/** The dashboard, after a line that is to be there again when it is left. */
async function open(size = small, args = "", env: Readonly<Record<string, string>> = {}): Promise<Tmux> {
  const opened = openTmux(size, { WILLFIT_CONFIG: folder, NO_COLOR: "1", ...env });
  terminal = opened;
  opened.type(
    `cd ${folder}; clear; echo be""fore; '${process.execPath}' '${executable}' ${args}; echo status $?\n`,
  );
  await opened.until(/\[1 Plan\]/);
  return opened;
}

/** The terminal is as it was, with nothing but the status below what was there. */
async function expectRestored(tmux: Tmux, status = 0) {
  const after = await tmux.until(/^status \d+/m, 30);
  expect(after.trimEnd()).toMatch(new RegExp(`^before\\n(?:runs/.*\\n.*\\n)?status ${status}\\n[$#]$`));
  expect(tmux.ask("alternate_on")).toBe("0");
  expect(tmux.ask("cursor_flag")).toBe("1");
}

describe("the dashboard in a terminal", () => {
  it.each([small, large])(
    "is whole in every view at $columns columns and $rows rows",
    { timeout: 180_000 },
    async (size) => {
      const tmux = await open(size, "dashboard vit-s16 --batch 1k --on tpu-v3-8");
      for (const [i, name] of viewNames.entries()) {
        tmux.send(String(i + 1));
        const shown = await tmux.settled(60);
        expect(shown).toContain(`[${i + 1} `);
        // What the last one says of this computer is this computer's.
        if (name !== "trust")
          await expect(shown).toMatchFileSnapshot(`frames/${name}-${size.columns}x${size.rows}.txt`);
      }
      tmux.send("q");
      await expectRestored(tmux);
    },
  );

  it("follows a person from a question to a run", { timeout: 180_000 }, async () => {
    const tmux = await open(small, "dashboard vit-s16 --batch 1k --on tpu-v3-8");
    tmux.type("msiglip-b16\r");
    await tmux.until(/^siglip-b16/m);
    tmux.type("b32k\r");
    await tmux.until(/^siglip-b16, 32,768 examples/m);
    tmux.type("hv4x4\r");
    await tmux.until(/siglip-b16, 32,768 examples a step on tpu-v4x4 +✗ does not fit/);
    await tmux.until(/What would make it fit/, 60);
    tmux.send("Tab", "Enter");
    await tmux.until(/tpu-v4x4 +(✓ fits|! recomputes)/, 60);
    tmux.send("2");
    await tmux.until(/\[2 Memory\].*Alive at the worst/s);
    tmux.send("7");
    await tmux.until(/willfit train siglip-b16 .*--data mnist/s);
    tmux.send("Enter");
    await tmux.until(/step +\d+ of \d+.*loss +\d/s, 60);
    tmux.send("q");
    await tmux.until(/stopped after \d+ steps; checkpoint in/, 60);
    await expectRestored(tmux);
    expect(readdirSync(join(folder, "runs", "siglip-b16-mnist-1"))).toContain("run.json");
  });

  it("reflows, and survives a crash and Ctrl-C", { timeout: 60_000 }, async () => {
    const tmux = await open(small, "dashboard vit-s16 --batch 1k --on tpu-v3-8");
    tmux.resize(large);
    await tmux.until(/b batch {2}m model/);
    tmux.resize(small);
    await tmux.until(/b batch {2}m m…/);
    tmux.send("C-c");
    await expectRestored(tmux);
  });
});
