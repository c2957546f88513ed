/**
 * @file Stands in for `willfit` where a run is started: what it is told by FAKE decides how it goes. Writes what a run writes, as far
 * as it is looked at.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const given = process.argv.slice(2);
const out = given[given.lastIndexOf("--out") + 1];
/** @param {string} line */
const say = (line) => process.stderr.write(`${line}\n`);
const { FAKE: how = "finishes", FAKE_RUN: run = "{}" } = process.env;

function begin() {
  mkdirSync(out, { recursive: true });
  const file = { ...JSON.parse(run), command: { arguments: given, directory: process.cwd() } };
  writeFileSync(join(out, "run.json"), JSON.stringify({ ...file, processId: process.pid }));
}

/** A run goes on until something ends it. */
const goOn = () => setInterval(() => {}, 1000);

/** @type {Readonly<Record<string, () => void>>} */
const ways = {
  finishes: () => {
    begin();
    say("vit-s16: 208,074 parameters, 180 steps");
    say("==================== step 60/180  epoch 1  loss 0.4  1000 examples/s  6 s left");
    say("\nepoch 1: test accuracy 89.26 %");
    say("most often confused: four taken for nine: 31 of 982");
    process.stdout.write("said before\nfinished after 180 steps; checkpoint in somewhere\n");
  },
  stops: () => {
    begin();
    process.on("SIGINT", () => {
      say("\nstopping after this step; once more stops at once");
      process.stdout.write("stopped after 7 steps; checkpoint in somewhere\n");
      process.exit(130);
    });
    say("ready");
    goOn();
  },
  hangs: () => {
    begin();
    process.on("SIGINT", () => say("not now"));
    say("ready");
    goOn();
  },
  loads: () => {
    say("loading");
    goOn();
  },
  refuses: () => {
    say("willfit: --batch 32q: not a number of examples; write 128 or 1k");
    process.exitCode = 2;
  },
  crashes: () => process.exit(70),
};

ways[how]?.();
