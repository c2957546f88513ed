/** @file The Compare view: whole frames, its columns and its keys. */
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { Prediction } from "../../../../sim/prediction.js";
import { ask, known } from "../../../../src/cli/dashboard/app/answers.js";
import type { AppState } from "../../../../src/cli/dashboard/app/state.js";
import {
  columnsOf,
  questionOfColumn,
  selectedColumn,
} from "../../../../src/cli/dashboard/explore/compareKeys.js";
import { compareRows } from "../../../../src/cli/dashboard/explore/compareRows.js";
import { fitting, large, sessionOf, small, tooLarge } from "../app/session.js";
import { frameOf } from "./frameOf.js";

function opened(question = fitting, size = small) {
  const session = sessionOf(question, size);
  session.press("6");
  return session;
}

/** The same with everything answered that it wants. */
function settled(question = fitting, size = small) {
  const session = opened(question, size);
  session.settle();
  return session;
}

/** `vit-ti16 tpu-v3-8`, and a star at the question's. */
const names = (state: AppState) =>
  columnsOf(state).map((column) => {
    const { model, hardware } = questionOfColumn(state, column);
    return `${model} ${hardware}${column === "question" ? " *" : ""}`;
  });

describe("the Compare view", () => {
  it.each([small, large])("is whole at $columns columns and $rows rows", async (size) => {
    const session = opened(fitting, size);
    session.press("avit-s16<enter>");
    const frame = frameOf(session.settle());
    await expect(`${frame}\n`).toMatchFileSnapshot(`frames/compare-${size.columns}x${size.rows}.txt`);
  });

  it("says the same without colours", () => {
    const state = settled(tooLarge).state();
    const plain = frameOf(state);
    const colored = frameOf(state, true);
    expect(colored).not.toBe(plain);
    const lines = stripVTControlCharacters(colored).split("\n");
    expect(lines.map((line) => line.trimEnd()).join("\n")).toBe(plain);
  });

  it("has places for what is not answered yet, and a line for what is wrong", () => {
    const session = opened();
    expect(frameOf(session.state())).toMatch(/^ {2}step +… +…$/m);
    session.settle();
    session.press("b12<enter>");
    const frame = frameOf(session.settle());
    expect(frame).toMatch(/^column 1: a batch of 12 does not divide among 8 devices/m);
    expect(frame).toMatch(/^ {2}step +– +(◆ )?\d.*s$/m);
  });

  it("has the best marked of what fits, and nothing of what does not", () => {
    const state = settled().state();
    const predictions = columnsOf(state).map(
      (column) => known(state.answers, ask("prediction", questionOfColumn(state, column)))!,
    );
    const [slower, faster] = predictions as [Prediction, Prediction];
    expect(faster.time.stepSeconds).toBeLessThan(slower.time.stepSeconds);
    const bestStep = (...shown: readonly Prediction[]) =>
      compareRows(
        shown.map((prediction) => ({ question: fitting, prediction })),
        1024,
      )
        .find(({ name }) => name === "  step")!
        .cells.map(({ isBest }) => isBest === true);
    expect(bestStep(slower, faster)).toEqual([false, true]);
    const refused = { ...faster, memory: { ...faster.memory, verdict: "does-not-fit" as const } };
    expect(bestStep(slower, refused)).toEqual([false, false]);
    const slowest = { ...slower, time: { ...slower.time, stepSeconds: 9 } };
    expect(bestStep(slower, refused, slowest)).toEqual([true, false, false]);
  });

  it("has hours and the price of a run where the question is one", () => {
    const session = opened();
    expect(frameOf(session.settle())).not.toContain("list price");
    session.press("r90ep<enter>");
    const frame = frameOf(session.settle());
    expect(frame).toMatch(/^the run vit-s16-90ep$/m);
    expect(frame).toMatch(/^ {2}time +.*\d h \d+ min/m);
    expect(frame).toMatch(/^ {2}list price +.*\$\d+ +.*\$\d+/m);
  });

  it("has rows for the options that differ", () => {
    const session = settled();
    session.press("avit-ti16<enter>1");
    session.press("<home><down><down><down><down><right>6");
    const frame = frameOf(session.settle());
    expect(frame).toMatch(/^--remat +block +none +none$/m);
    expect(frame).not.toContain("--optimizer");
  });
});

describe("its columns", () => {
  it("are the question and the same on the other machine, until a key changes them", () => {
    const { press } = opened();
    expect(names(press(""))).toEqual(["vit-ti16 tpu-v3-8 *", "vit-ti16 tpu-v4x4"]);
    expect(names(press("hv4x4<enter>"))).toEqual(["vit-ti16 tpu-v4x4 *", "vit-ti16 tpu-v3-8"]);
    expect(names(press("mresnet50<enter>"))).toEqual(["resnet50 tpu-v4x4 *", "resnet50 tpu-v3-8"]);
  });

  it("stay as they are when the question changes, but for the first", () => {
    const { press } = opened();
    press("<right>oh200<enter>");
    expect(names(press("mresnet50<enter>"))).toEqual(["resnet50 tpu-v3-8 *", "vit-ti16 nvidia-h200"]);
    expect(names(press("<left><enter>mixer-s16<enter>"))).toEqual([
      "mixer-s16 tpu-v3-8",
      "vit-ti16 nvidia-h200",
    ]);
  });

  it("are added, up to four, and removed, down to one", () => {
    const { press } = opened();
    const three = press("aresnet50<enter>");
    expect(names(three).at(-1)).toBe("resnet50 tpu-v3-8");
    expect(selectedColumn(three)).toBe(2);
    expect(names(press("abotnet50<enter>"))).toHaveLength(4);
    expect(press("a")).not.toHaveProperty("overlay");
    expect(names(press("<left>d"))).toEqual([
      "vit-ti16 tpu-v3-8 *",
      "vit-ti16 tpu-v4x4",
      "botnet50 tpu-v3-8",
    ]);
    expect(names(press("<backspace><delete>dd"))).toEqual(["vit-ti16 tpu-v3-8 *"]);
  });

  it("are left as they were by escape, and told what is wrong with a name", () => {
    const { press } = opened();
    expect(names(press("avit-s16<escape>"))).toHaveLength(2);
    expect(press("<enter>vit-z99<enter>").overlay?.error).toMatch(/did you mean/);
  });

  it("become the question, which keeps its column", () => {
    const { press } = opened();
    press("aresnet50<enter>");
    const state = press("t");
    expect(state.question).toMatchObject({ model: "resnet50", globalBatch: 1024 });
    expect(names(state)).toEqual(["vit-ti16 tpu-v3-8", "vit-ti16 tpu-v4x4", "resnet50 tpu-v3-8 *"]);
    expect(names(press("t"))).toEqual(names(state));
    expect(press("u").question).toEqual(fitting);
  });

  it("are selected from the first to the last", () => {
    const { press } = opened();
    expect(selectedColumn(press("<left>"))).toBe(0);
    expect(selectedColumn(press("<right><right><right>"))).toBe(1);
    expect(frameOf(press(""))).toMatch(/ vit-ti16 +▸ vit-ti16$/m);
  });

  it("scroll as far as there is something", () => {
    const { press, state } = settled();
    expect(frameOf(state())).toMatch(/\(↓\)/);
    const end = press("<down>".repeat(60));
    expect(frameOf(end)).toMatch(/^ {2}logits and loss/m);
    expect(frameOf(end)).toMatch(/\(↑\)/);
    expect(press("<up>").panes.compare.scrolled).toBe(end.panes.compare.scrolled - 1);
    expect(press("<up>".repeat(60)).panes.compare.scrolled).toBe(0);
  });
});
