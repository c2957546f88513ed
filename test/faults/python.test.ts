/** @file A Python that fails `verify` in every way that it can: one line with what it said last, status 2, nothing kept. */
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { MALFORMED } from "../../src/cli/program.js";
import { requiredPackages } from "../../src/stablehlo/xla.js";
import { needsBuild, testFolder, willfit } from "./cli.js";

const { folder, remove } = testFolder("python");
afterAll(remove);
beforeEach(({ skip }) => needsBuild(skip));

const line =
  "verify vit-s16 --image 32 --width 128 --depth 1 --heads 1 --classes 8 --batch 64 --on tpu-v3-8 --json";
const cache = join(folder, "cache");

/** A Python that has all packages, and does this with all else. Its script comes first, as with any Python. */
function python(work: string, packages = `echo '${JSON.stringify(requiredPackages)}'`): string {
  const path = join(folder, "python");
  writeFileSync(path, `#!/bin/sh\nif [ "$2" = packages ]; then ${packages}; exit; fi\n${work}\n`);
  chmodSync(path, 0o755);
  return path;
}

const traceback = `cat >&2 <<'END'
Traceback (most recent call last):
  File "xla.py", line 1, in <module>
MemoryError
END
exit 1`;

const compilation = JSON.stringify({
  packages: requiredPackages,
  fits: false,
  neededBytes: 2 ** 40,
  tempBytes: null,
});

describe("verify with a Python that", () => {
  it.each([
    ["fails with a traceback", traceback, "has failed with status 1; it said last: MemoryError"],
    ["fails without a word", "exit 9", "has failed with status 9"],
    [
      "is killed where memory runs out",
      "kill -KILL $$",
      "was ended by SIGKILL, as the system does where memory runs out",
    ],
    [
      "crashes",
      "echo 'Fatal Python error: Segmentation fault' >&2; ulimit -c 0; kill -SEGV $$",
      "was ended by SIGSEGV; it said last: Fatal Python error: Segmentation fault",
    ],
    ["says something else", "cat > /dev/null; echo hello there", 'has given no answer, but "hello there"'],
    [
      "says half of it",
      `cat > /dev/null; printf '%.40s' '${compilation}'`,
      `has given no answer, but ${JSON.stringify(compilation.slice(0, 40))}`,
    ],
    ["says nothing, and reads nothing", "exit 0", "has said nothing"],
    [
      "says what no compiler does",
      `cat > /dev/null; echo '{"fits":3}'`,
      'has given no answer, but "{\\"fits\\":3}"',
    ],
  ])("%s", async (_, work, words) => {
    const path = python(work);
    const { status, stdout, stderr } = await willfit(line, {
      env: { WILLFIT_PYTHON: path, XDG_CACHE_HOME: cache },
    });
    expect(stderr).toBe(`willfit: ${path} ${words}\n`);
    expect({ status, stdout }).toEqual({ status: MALFORMED, stdout: "" });
    expect(existsSync(cache)).toBe(false);
  });

  it.each([
    ["has no jax", `echo '{"jax":null,"jaxlib":null,"libtpu":null}'`, "has no jax, no jaxlib"],
    ["cannot load it", `echo '{"missing":"ImportError: libpython"}'; exit 3`, "cannot use JAX (ImportError"],
  ])("%s", async (_, packages, words) => {
    const path = python("", packages);
    const { status, stdout, stderr } = await willfit(line, { env: { WILLFIT_PYTHON: path } });
    expect(stderr).toMatch(/^willfit: [^\n]+\n$/);
    expect(stderr).toContain(`${path} ${words}`);
    expect(stderr).toContain("-m pip install jax==");
    expect({ status, stdout }).toEqual({ status: MALFORMED, stdout: "" });
  });

  it("is no program", async () => {
    const path = join(folder, "text");
    writeFileSync(path, "no program");
    const { status, stderr } = await willfit(line, { env: { WILLFIT_PYTHON: path } });
    expect(stderr).toMatch(/^willfit: .*text cannot be run: .*EACCES\n$/);
    expect(status).toBe(MALFORMED);
  });

  it("answers, where nothing can be kept: the answer is there, and a line", async () => {
    const path = python(`cat > /dev/null; echo '${compilation}'`);
    const file = join(folder, "file");
    writeFileSync(file, "");
    const { status, stdout, stderr } = await willfit(line, {
      env: { WILLFIT_PYTHON: path, XDG_CACHE_HOME: file },
    });
    expect(stderr).toMatch(/^not kept for the next time: could not write .*: ENOTDIR: not a directory\n$/);
    expect((JSON.parse(stdout) as { compiler: object }).compiler).toMatchObject({ peakBytes: 2 ** 40 });
    expect(status).toBe(0);

    // And where it can, once.
    const env = { WILLFIT_PYTHON: path, XDG_CACHE_HOME: cache };
    expect((await willfit(line, { env })).status).toBe(0);
    python("exit 1");
    expect((await willfit(line, { env })).stdout).toBe(stdout);
  });

  it("runs a step, and has no place for its files", async () => {
    const path = python("exit 0");
    const tiny = "verify vit-s16 --image 32 --width 128 --depth 1 --heads 1 --classes 8 --batch 4 --execute";
    const places = [join(folder, "none"), join(folder, "file")];
    for (const place of places) {
      const { status, stderr } = await willfit(tiny, { env: { WILLFIT_PYTHON: path, TMPDIR: place } });
      expect(stderr).toMatch(/(^|\n)willfit: could not write [^\n]*: (ENOENT|ENOTDIR)[^\n]*\n$/);
      expect(status).toBe(MALFORMED);
    }
    const temporary = join(folder, "tmp");
    mkdirSync(temporary);
    const { status, stderr } = await willfit(tiny, { env: { WILLFIT_PYTHON: path, TMPDIR: temporary } });
    expect(stderr).toContain("has said nothing");
    expect(status).toBe(MALFORMED);
    expect(readdirSync(temporary)).toEqual([]);
  });
});
