/** @file The built executable: streams, pipes and statuses of a real process. Skipped where nothing is built. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const executable = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
const execute = promisify(execFile);

describe.skipIf(!existsSync(executable))("the executable", () => {
  it("prints its version", async () => {
    const { stdout, stderr } = await execute(process.execPath, [executable, "--version"]);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(stderr).toBe("");
  });

  it("exits with the status of the answer", async () => {
    const failed = execute(process.execPath, [executable, "fit", "vit-s16", "--batch", "32q"]);
    await expect(failed).rejects.toMatchObject({
      code: 2,
      stdout: "",
      stderr: "willfit: --batch 32q: not a number of examples; write 4096, 32k or 1M\n",
    });
  });

  it("is quiet when its reader has left", async () => {
    const line = `"${process.execPath}" "${executable}" models | true`;
    expect(await execute("sh", ["-c", line])).toEqual({ stdout: "", stderr: "" });
  });
});
