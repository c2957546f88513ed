/** @file Templates escape what is put into them. */
import fc from "fast-check";
import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { html, trusted } from "../../../src/cli/report/html.js";
import { place } from "../../../src/cli/report/words.js";
import { formatShare } from "../../../src/units/quantity.js";

describe("html", () => {
  it("escapes text, whatever it is, in content and in attributes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii" }), (text) => {
        const { document } = parseHTML(`<body>${html`<p title="${text}">${text}</p>`.html}</body>`);
        expect(document.querySelectorAll("body *")).toHaveLength(1);
        expect(document.querySelector("p")!.textContent).toBe(text);
        expect(document.querySelector("p")!.getAttribute("title")).toBe(text);
      }),
    );
  });

  it("leaves HTML as it is, and nothing of what is undefined", () => {
    expect(html`<p>${html`<b>${"<"}</b>`}${undefined}${[trusted("<i></i>"), html`${1}`]}</p>`.html).toBe(
      "<p><b>&lt;</b><i></i>1</p>",
    );
  });
});

describe("words", () => {
  it.each([
    [0, "0.0 %"],
    [1e-5, "< 0.1 %"],
    [0.0005, "0.1 %"],
    [0.26, "26.0 %"],
    [1, "100.0 %"],
  ])("a share of %d is %s", (share, words) => {
    expect(formatShare(share)).toBe(words);
  });

  it("a place can be copied although it may be broken", () => {
    const { document } = parseHTML(`<body>${place("forward/encoder/block3").html}</body>`);
    expect(document.querySelector("code")!.textContent).toBe("forward/encoder/block3");
  });
});
