/**
 * @file `npm run bench:dashboard`: how long the dashboard takes from a key to the frame that has its answer, as a page of Markdown;
 * `-- --write` keeps it in docs/. The terminal is a stream, the simulator is on its threads as ever.
 */
import { cpus } from "node:os";
import { PassThrough } from "node:stream";
import { parseArgs } from "node:util";
import picocolors from "picocolors";
import { quantile } from "../../../sim/errorSummary.js";
import { markdownTable } from "../../markdownTable.js";
import { packagePath } from "../../packagePath.js";
import { writeWhole } from "../../writeWhole.js";
import { openLane } from "./app/asker.js";
import { openApp } from "./app/openApp.js";
import type { Question } from "./app/question.js";
import type { Size } from "./size.js";

const PAGE = "docs/dashboard-speed.md";

const question: Question = {
  model: "vit-l16",
  modelOptions: {},
  hardware: "tpu-v4x4",
  plan: {},
  globalBatch: 1024,
};

const sizes: readonly Size[] = [
  { columns: 80, rows: 24 },
  { columns: 160, rows: 50 },
];

/** What is pressed, by turns with what undoes it, and what the frame with the answer has. */
interface Case {
  readonly what: string;
  /** The key of the view in which it is done; Plan's unless given. */
  readonly view?: string;
  readonly keys: readonly [there: string, back: string];
  /** Drawn lines of such a frame; any frame will do where it is left out. */
  readonly shows?: RegExp;
}

const A_STEP = /ms a step|s a step/;

const cases: readonly Case[] = [
  { what: "twice the batch, half the batch", keys: ["+", "-"], shows: A_STEP },
  { what: "the next field, the one before", keys: ["\u001b[B", "\u001b[A"] },
  { what: "the list of models, and back", keys: ["m", "\u001b"] },
  { what: "Memory, and Plan", keys: ["2", "1"] },
  { what: "Scopes, and Plan", keys: ["3", "1"] },
  { what: "Roofline, and Plan", keys: ["4", "1"] },
  { what: "Batches, and Plan", keys: ["5", "1"] },
  { what: "Compare, and Plan", keys: ["6", "1"] },
  { what: "Trust, and Plan", keys: ["8", "1"] },
  { what: "Memory: a later moment, an earlier one", view: "2", keys: ["\u001b[C", "\u001b[D"] },
  { what: "Memory: the next tensor, the one before", view: "2", keys: ["\u001b[B", "\u001b[A"] },
  { what: "Scopes: opened, closed", view: "3", keys: ["\r", "\r"] },
  { what: "Roofline: the next fusion, the one before", view: "4", keys: ["\u001b[B", "\u001b[A"] },
  { what: "Batches: larger, smaller", view: "5", keys: ["\u001b[C", "\u001b[D"] },
];

/** Keys of each case, after some that do not count: until the engine has compiled what is run often. */
const [KEYS, WARM_UP] = [24, 8];

/** A person presses a key, and looks. */
const BETWEEN_KEYS = 250;
/** Until everything that a view wants is answered. */
const UNTIL_ANSWERED = 6000;

const PLAN = "1";

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

interface Terminal {
  readonly press: (key: string) => void;
  readonly close: () => Promise<void>;
  /** Milliseconds from `press` to a frame with it. */
  readonly frame: (shows: RegExp | undefined) => Promise<number>;
}

async function open(size: Size): Promise<Terminal> {
  const keyboard = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: () => {},
    ref: () => {},
    unref: () => {},
  });
  let pressed = 0;
  let seen: (text: string) => void = () => {};
  const output = { ...size, write: (text: string) => seen(text), on: () => {}, off: () => {} };
  const left = openApp(question, {
    // Ink needs no more of it.
    input: keyboard as unknown as NodeJS.ReadStream,
    output,
    colors: picocolors.createColors(true),
    lanes: { quick: openLane(), thorough: openLane() },
  });
  return {
    press: (key) => {
      pressed = performance.now();
      keyboard.write(key);
    },
    frame: (shows) =>
      new Promise((resolve) => {
        seen = (text) => {
          if (shows?.test(text) !== false) resolve(performance.now() - pressed);
        };
      }),
    close: async () => {
      keyboard.write("\u0003");
      await left;
    },
  };
}

async function timesOf({ press, frame }: Terminal, { keys, shows }: Case): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + KEYS; i++) {
    const drawn = frame(shows);
    press(keys[i % 2]!);
    const milliseconds = await drawn;
    if (i >= WARM_UP) times.push(milliseconds);
    await pause(BETWEEN_KEYS);
  }
  return times.sort((a, b) => a - b);
}

async function rowsOf(size: Size): Promise<readonly (readonly string[])[]> {
  const terminal = await open(size);
  const rows: string[][] = [];
  for (const it of cases) {
    terminal.press(it.view ?? PLAN);
    await pause(UNTIL_ANSWERED);
    const times = await timesOf(terminal, it);
    const figures = [quantile(times, 0.5), quantile(times, 0.9), times.at(-1)!];
    rows.push([it.what, `${size.columns}×${size.rows}`, ...figures.map((value) => `${value.toFixed(0)} ms`)]);
  }
  await terminal.close();
  return rows;
}

const [{ model = "unknown" } = {}] = cpus();
const rows = [...(await rowsOf(sizes[0]!)), ...(await rowsOf(sizes[1]!))];
const page = [
  "# From a key to the frame",
  `Made by \`npm run bench:dashboard -- --write\` on ${cpus().length} cores (${model.trim()}), Node ${process.versions.node}.`,
  `\`willfit dashboard vit-l16 --batch 1k --on tpu-v4x4\`, a key every quarter of a second or so: from the key to the frame with its answer. Goal: 50 ms.`,
  markdownTable(["keys", "terminal", "median", "90th percentile", "worst"], rows),
].join("\n\n");
const { values } = parseArgs({ options: { write: { type: "boolean", default: false } } });
if (values.write) writeWhole(packagePath(PAGE), `${page}\n`);
console.log(page);
