/** @file What is written to a terminal, and what is left of it afterwards. */
import { expect, it } from "vitest";
import { changes, openScreen, sizeOf } from "../../../src/cli/dashboard/screen.js";

function terminal() {
  const written: string[] = [];
  return { written, columns: 80, rows: 24, write: (text: string) => written.push(text) };
}

it("writes the lines that have changed, and erases those that are gone", () => {
  expect(changes(["a", "b", "c"], ["a", "B"])).toBe(
    "\u001b[2;1H\u001b[KB\u001b[0m\u001b[3;1H\u001b[K\u001b[0m",
  );
  expect(changes(["a"], ["a"])).toBe("");
});

it("draws a frame in one piece, and nothing when it is the same", () => {
  const { written, ...output } = terminal();
  const screen = openScreen(output);
  screen.frames.write("one\ntwo");
  screen.frames.write("one\ntwo");
  expect(written).toHaveLength(2);
  expect(written[1]).toMatch(/two/);
  screen.forget();
  screen.frames.write("one\ntwo");
  expect(written.at(-1)).toMatch(/one.*two/s);
});

it("takes the screen and the cursor, and gives them back once", () => {
  const { written, ...output } = terminal();
  const screen = openScreen(output);
  expect(written[0]).toContain("\u001b[?1049h\u001b[?25l");
  screen.close();
  screen.close();
  screen.frames.write("late");
  expect(written).toHaveLength(2);
  expect(written[1]?.endsWith("\u001b[?25h\u001b[?1049l")).toBe(true);
});

it("never clears what the terminal remembers", () => {
  const { written, ...output } = terminal();
  const screen = openScreen(output);
  for (let frame = 0; frame < 5; frame++) screen.frames.write(`${frame}\n`.repeat(30));
  screen.close();
  expect(written.join("")).not.toContain("\u001b[3J");
  // A line break in the last line would scroll.
  expect(written.join("")).not.toContain("\n");
});

it("is of the usual size where the terminal does not say", () => {
  expect(sizeOf({ write: () => {} })).toEqual({ columns: 80, rows: 24 });
});
