/**
 * @file `npm run bench:learning`: whether small models of each family learn MNIST on this computer, and how long it takes them, by the
 * very commands that anybody would type; `-- --write` keeps it in docs/.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { markdownTable } from "../../src/markdownTable.js";
import { packagePath } from "../../src/packagePath.js";
import { formatAccuracy, formatSeconds } from "../../src/units/quantity.js";
import { writeWhole } from "../../src/writeWhole.js";

const PAGE = "docs/learning.md";

interface Case {
  readonly words: string;
  /** Percent of the test images that it is to get right. */
  readonly goal: number;
  /** What comes after `willfit train`. */
  readonly line: string;
}

/** The sizes at 28 pixels; the crops keep a model from learning places by heart. */
const RESIDUAL =
  "--width 16 --batch 128 --epochs 4 --learning-rate 0.1 --warmup-steps 200 --label-smoothing 0.1 --augment pad-crop(2)";

const cases: readonly Case[] = [
  {
    words: "ViT of four blocks",
    goal: 98.5,
    line: "vit-s16 --patch 7 --width 64 --depth 4 --heads 4 --batch 128 --epochs 12 --learning-rate 0.003 --warmup-steps 500 --weight-decay 0.05 --augment pad-crop(2)",
  },
  { words: "ResNet-50, a quarter as wide", goal: 98.8, line: `resnet50 ${RESIDUAL}` },
  { words: "BoTNet-50, a quarter as wide", goal: 98.8, line: `botnet50 ${RESIDUAL}` },
  {
    words: "SigLIP, zero-shot by sentences",
    goal: 97,
    line: "siglip-b16 --patch 7 --width 64 --depth 3 --heads 4 --text-depth 2 --text-length 32 --batch 128 --epochs 5 --learning-rate 0.002 --warmup-steps 200",
  },
];

const resultSchema = z.object({
  evaluations: z.array(z.object({ accuracy: z.number(), examples: z.number() })).min(1),
});

interface Learned {
  readonly accuracy: number;
  readonly seconds: number;
}

async function learn({ line }: Case): Promise<Learned> {
  const folder = mkdtempSync(join(tmpdir(), "willfit-learning-"));
  const program = packagePath("dist/src/cli/main.js");
  const began = performance.now();
  try {
    const { stdout } = await execa(
      process.execPath,
      [program, "train", ...line.split(" "), "--data", "mnist", "--json", "--out", join(folder, "run")],
      { stderr: "inherit" },
    );
    const { evaluations } = resultSchema.parse(JSON.parse(stdout));
    return { accuracy: evaluations.at(-1)!.accuracy, seconds: (performance.now() - began) / 1000 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function page(): Promise<string> {
  const rows: (readonly string[])[] = [];
  for (const of of cases) {
    const { accuracy, seconds } = await learn(of);
    rows.push([of.words, formatAccuracy(accuracy), `${of.goal} %`, formatSeconds(Math.round(seconds))]);
  }
  return [
    "# What the trainer learns",
    `Made by \`npm run bench:learning -- --write\` on ${availableParallelism()} threads: the last epoch's accuracy on the 10,000 test digits of MNIST, and the time of the whole command.`,
    markdownTable(["model", "accuracy", "wanted", "time"], rows, (column) => column > 0),
    "The commands:",
    ...cases.map(
      ({ line }) => `    willfit train ${line.replace("pad-crop(2)", '"pad-crop(2)"')} --data mnist`,
    ),
    "",
  ].join("\n\n");
}

const text = await page();
process.stdout.write(text);
if (process.argv.includes("--write")) writeWhole(packagePath(PAGE), text);
