/** @file What the views of a step have in common: whole frames, whatever there is to show. */
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { ViewName } from "../../../../src/cli/dashboard/app/state.js";
import { fitting, large, sessionOf, small, tooLarge } from "../app/session.js";
import { frameOf } from "./frameOf.js";

const views: readonly (readonly [key: string, name: ViewName])[] = [
  ["2", "memory"],
  ["3", "scopes"],
  ["4", "roofline"],
];

/** A session in which everything that a view wants is answered. */
function settled(key: string, question = fitting, size = small) {
  const session = sessionOf(question, size);
  session.press(key);
  session.settle();
  return session;
}

describe.each(views)("view %s, %s", (key, name) => {
  it.each([small, large])("is whole at $columns columns and $rows rows", async (size) => {
    const frame = frameOf(settled(key, fitting, size).state());
    await expect(`${frame}\n`).toMatchFileSnapshot(`frames/${name}-${size.columns}x${size.rows}.txt`);
  });

  it("says what is wrong, or that it is being answered", () => {
    const session = sessionOf({ ...fitting, hardware: "host" });
    expect(frameOf(session.press(key))).toMatch(/^simulating …/m);
    expect(frameOf(session.settle())).toMatch(/^host runs the program as it is/m);
  });

  it("says that figures are of the question before while the new one is simulated", () => {
    const session = settled(key);
    expect(frameOf(session.state())).not.toContain("Simulating …");
    const before = frameOf(session.press("b8k<enter>"));
    const after = frameOf(session.settle());
    expect(before).toMatch(/^Simulating … before: /m);
    expect(after).not.toContain("Simulating …");
    expect(after).not.toBe(before);
    // Nothing to show of a step that there is not.
    session.press("b1001<enter>");
    expect(frameOf(session.settle())).toMatch(/^a batch of 1001 does not divide/m);
  });

  it("has the batches to both sides before they are asked for", () => {
    const session = settled(key);
    const frame = frameOf(session.state());
    for (const typed of ["+", "-", "-"]) {
      const next = frameOf(session.press(typed));
      expect(next).not.toContain("Simulating …");
      if (typed === "+") expect(next).not.toBe(frame);
      session.settle();
    }
  });

  it("says the same without colours", () => {
    const state = settled(key, tooLarge).state();
    const plain = frameOf(state);
    const colored = frameOf(state, true);
    expect(plain).toBe(stripVTControlCharacters(plain));
    expect(colored).not.toBe(plain);
    const lines = stripVTControlCharacters(colored).split("\n");
    expect(lines.map((line) => line.trimEnd()).join("\n")).toBe(plain);
  });

  it("has no key for what is not answered yet", () => {
    const session = sessionOf(fitting);
    const before = session.press(key).panes;
    expect(session.press("<up><down><left><right><enter><home><end>pstf").panes).toEqual(before);
  });
});
