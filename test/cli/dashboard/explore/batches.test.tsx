/** @file The Batches view: whole frames, its keys, and what it says before everything is known. */
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { ask, known } from "../../../../src/cli/dashboard/app/answers.js";
import type { AppState } from "../../../../src/cli/dashboard/app/state.js";
import { wantedBy } from "../../../../src/cli/dashboard/app/update.js";
import { selectedBatch } from "../../../../src/cli/dashboard/explore/batchesKeys.js";
import { batchesOf } from "../../../../src/cli/dashboard/explore/batchPoints.js";
import { fitting, large, sessionOf, small } from "../app/session.js";
import { frameOf } from "./frameOf.js";

/** The view, with everything answered that it wants. */
function settled(question = fitting, size = small) {
  const session = sessionOf(question, size);
  session.press("5");
  session.settle();
  return session;
}

describe("the Batches view", () => {
  it.each([small, large])("is whole at $columns columns and $rows rows", async (size) => {
    const frame = frameOf(settled(fitting, size).state());
    await expect(`${frame}\n`).toMatchFileSnapshot(`frames/batches-${size.columns}x${size.rows}.txt`);
  });

  it("says the same without colours", () => {
    const { state } = settled();
    const plain = frameOf(state());
    const colored = frameOf(state(), true);
    expect(colored).not.toBe(plain);
    const lines = stripVTControlCharacters(colored).split("\n");
    expect(lines.map((line) => line.trimEnd()).join("\n")).toBe(plain);
  });

  it("draws what fits, what the compiler recomputes and what does not fit differently", () => {
    const state = settled().state();
    const lines = frameOf(state).split("\n");
    for (const batch of batchesOf(state)) {
      const { verdict } = known(state.answers, ask("prediction", { ...fitting, globalBatch: batch }))!.memory;
      const mark = { fits: "●", "fits-with-recompute": "○", "does-not-fit": "✗" }[verdict];
      const line = lines.find((it) => new RegExp(` ${batch.toLocaleString("en-US")} .*s .*B `).test(it));
      expect(line?.endsWith(mark), `${batch}: ${line}`).toBe(true);
    }
    expect(lines.join()).toContain("┃");
    expect(lines.join()).toContain("the largest that fits");
  });

  it("fills as answers come", () => {
    const session = sessionOf(fitting);
    const before = frameOf(session.press("5"));
    expect(before).toMatch(/^simulating …/m);
    expect(before).toContain("searching the largest batch …");
    expect(before).toMatch(/▸ +1,024 +…/);
    expect(frameOf(session.settle())).not.toContain("…  ");
  });

  it("wants the limit, then the batches, those beside the selected one first", () => {
    const { thorough } = wantedBy(sessionOf(fitting).press("5"));
    expect(thorough[0]!.kind).toBe("largest");
    expect(thorough.slice(1, 4).map(({ question }) => question.globalBatch)).toEqual([1024, 512, 2048]);
  });

  it("says what is wrong with one batch beside the others", () => {
    const frame = frameOf(settled({ ...fitting, globalBatch: 1001 }).state());
    expect(frame).toMatch(/▸ +1,001 +– +– +–/);
    expect(frame.replaceAll(/\s+/g, " ")).toContain("a batch of 1001 does not divide");
    expect(frame).toMatch(/ 1,024 .* ms .* GiB ●/);
  });

  it("says what is wrong with all of them in place of the charts", () => {
    const frame = frameOf(settled({ ...fitting, modelOptions: { heads: 7 } }).state());
    expect(frame).toMatch(/heads/);
    expect(frame).not.toContain("▲");
  });
});

describe("its keys", () => {
  const chosen = (state: AppState) => selectedBatch(state);

  it("move along the batches, and stay between the ends", () => {
    const { press, state } = settled();
    const batches = batchesOf(state());
    const at = batches.indexOf(1024);
    expect(chosen(press("<right>"))).toBe(batches[at + 1]);
    expect(chosen(press("<left><left>"))).toBe(batches[at - 1]);
    expect(chosen(press("<down><up><up>"))).toBe(batches[at - 2]);
    expect(chosen(press("<end><right>"))).toBe(batches.at(-1));
    expect(chosen(press("<home><left>"))).toBe(batches[0]);
    expect(press("").question).toEqual(fitting);
  });

  it("show where they have led", () => {
    const { press } = settled();
    expect(frameOf(press(""))).toMatch(/▸ +1,024 /);
    expect(frameOf(press("<right>"))).toMatch(/▸ +2,048 /);
  });

  it("make a batch the question's, and enter on its own changes nothing", () => {
    const { press } = settled();
    expect(press("<enter>").past).toEqual([]);
    const taken = press("<right><enter>");
    expect(taken.question).toEqual({ ...fitting, globalBatch: 2048 });
    expect(chosen(taken)).toBe(2048);
    expect(press("u").question).toEqual(fitting);
  });

  it("follow the question when it is changed elsewhere", () => {
    const { press } = settled();
    press("<right><right>");
    expect(chosen(press("-"))).toBe(512);
  });
});
