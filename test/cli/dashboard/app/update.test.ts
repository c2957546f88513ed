/** @file What keys make of the dashboard's state. */
import { describe, expect, it } from "vitest";
import { currentPrediction, viewNames } from "../../../../src/cli/dashboard/app/state.js";
import { update, wantedBy } from "../../../../src/cli/dashboard/app/update.js";
import { typed } from "../keys.js";
import { fitting, sessionOf, tooLarge } from "./session.js";

describe("keys everywhere", () => {
  it("turn to the views, by number and one by one", () => {
    const session = sessionOf(fitting);
    viewNames.forEach((name, i) => {
      expect(session.press(String(i + 1)).view).toBe(name);
    });
    expect(session.press("1[").view).toBe("trust");
    expect(session.press("]").view).toBe("plan");
    expect(session.press("]").view).toBe("memory");
  });

  it("ask for another model, machine, batch and recipe", () => {
    const { press } = sessionOf(fitting);
    expect(press("msiglip-b16<enter>").question.model).toBe("siglip-b16");
    expect(press("hv4x4<enter>").question.hardware).toBe("tpu-v4x4");
    expect(press("b32k<enter>").question.globalBatch).toBe(32_768);
    const { question, overlay } = press("r90ep<enter>");
    expect(question).toMatchObject({ recipe: "vit-s16-90ep", model: "vit-s16", globalBatch: 1024 });
    expect(overlay).toBeUndefined();
    expect(press("rnone<enter>").question).not.toHaveProperty("recipe");
  });

  it("halve and double the batch", () => {
    const { press } = sessionOf(fitting);
    expect(press("+").question.globalBatch).toBe(2048);
    expect(press("==").question.globalBatch).toBe(8192);
    expect(press("---").question.globalBatch).toBe(1024);
    expect(press("-".repeat(20)).question.globalBatch).toBe(8);
  });

  it("go back to the question before", () => {
    const { press } = sessionOf(fitting);
    expect(press("++uu").question).toEqual(fitting);
    expect(press("u").question).toEqual(fitting);
  });

  it("help, and quit", () => {
    const session = sessionOf(fitting);
    expect(session.press("?").showsHelp).toBe(true);
    expect(session.press("<escape>").showsHelp).toBe(false);
    expect(session.press("?2")).toMatchObject({ showsHelp: false, view: "memory" });
    expect(session.effects).toEqual([]);
    session.press("q");
    expect(session.effects).toEqual([{ kind: "quit" }]);
  });

  it("have letters for arrows, but where letters are typed", () => {
    const { press } = sessionOf(fitting);
    expect(press("j").panes.plan.field).toBe("hardware");
    expect(press("k").panes.plan.field).toBe("model");
    expect(press("mjk").overlay).toMatchObject({ text: "jk" });
    expect(press("<escape>7ejk").panes.train.command.text).toMatch(/jk$/);
  });

  it("leave the question alone when they are none", () => {
    const session = sessionOf(fitting);
    expect(session.press("xyz9<delete><pageUp>").question).toEqual(fitting);
    expect(session.effects).toEqual([]);
  });
});

describe("a list or a line", () => {
  it("takes letters that are keys elsewhere", () => {
    const session = sessionOf(fitting);
    expect(session.press("bq?1").overlay).toMatchObject({ text: "q?1" });
    expect(session.effects).toEqual([]);
  });

  it("says what is wrong, and stays until it is right", () => {
    const session = sessionOf(fitting);
    const { overlay, question } = session.press("b32q<enter>");
    expect(overlay?.error).toBe("batch 32q: not a number of examples; write 4096, 32k or 1M");
    expect(question).toEqual(fitting);
    expect(session.press("<backspace>k").overlay).not.toHaveProperty("error");
    expect(session.press("<enter>").question.globalBatch).toBe(32_768);
  });

  it("proposes the nearest name", () => {
    expect(sessionOf(fitting).press("mvit-z99<enter>").overlay?.error).toMatch(/did you mean/);
  });

  it("is left as it was", () => {
    const { press } = sessionOf(fitting);
    expect(press("mbotnet<escape>")).toMatchObject({ question: fitting });
    expect(press("")).not.toHaveProperty("overlay");
  });

  it("begins at what there is, and moves among what typing leaves", () => {
    const { press } = sessionOf(fitting);
    const opened = press("h").overlay;
    expect(opened?.choices?.[opened.selected]?.value).toBe("tpu-v3-8");
    expect(press("<escape>hv4x4<up><up><enter>").question.hardware).toBe("tpu-v4x4");
    expect(press("h<pageUp><enter>").question.hardware).toBe("host");
  });

  it("is edited where the cursor is", () => {
    expect(sessionOf(fitting).press("b2k<left><left>3<enter>").question.globalBatch).toBe(32_768);
  });

  it("is cleared by Ctrl-U and ended by Ctrl-C", () => {
    const session = sessionOf(fitting);
    const control = (letter: string) => ({ kind: "key", key: { ...typed(letter), ctrl: true } }) as const;
    const written = session.press("b32k");
    expect(update(written, control("u")).state.overlay).toMatchObject({ text: "" });
    expect(update(written, control("c")).effects).toEqual([{ kind: "quit" }]);
  });
});

describe("the Plan view", () => {
  it("changes what is selected", () => {
    const { press } = sessionOf(fitting);
    expect(press("<down><right>").question.hardware).not.toBe(fitting.hardware);
    expect(press("<left><down><right>").question).toEqual({ ...fitting, globalBatch: 2048 });
    // Recipe, then the first of the plan.
    expect(press("<down><down><right>").question.plan.remat).toBe("block");
    expect(press("<end><enter>").overlay).toBeDefined();
  });

  it("applies a suggestion", () => {
    const session = sessionOf(tooLarge);
    session.settle();
    expect(currentPrediction(session.state())?.memory.verdict).toBe("does-not-fit");
    session.press("<tab><enter>");
    expect(session.state().question.plan).not.toEqual({});
    const verdict = currentPrediction(session.settle())?.memory.verdict;
    expect(verdict).not.toBe("does-not-fit");
    expect(session.press("u").question).toEqual(tooLarge);
  });

  it("applies none that there is not", () => {
    const session = sessionOf(fitting);
    session.settle();
    expect(session.press("<tab><enter><escape>").question).toEqual(fitting);
  });
});

describe("what is wanted", () => {
  it("is the question first, and then what the next key may ask for", () => {
    const { quick } = wantedBy(sessionOf(fitting).state());
    expect(quick.map(({ question }) => question.globalBatch)).toEqual([1024, 2048, 512]);
  });

  it("says what is wrong with a question", () => {
    const session = sessionOf(fitting);
    session.press("b1001<enter>");
    const state = session.settle();
    expect(currentPrediction(state)).toBeUndefined();
    // The figures before it stay for when it is right again.
    expect([...state.answers.values()]).toContainEqual({
      error: "a batch of 1001 does not divide among 8 devices; 1000 or 1008 would",
    });
  });
});
