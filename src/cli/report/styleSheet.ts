/** @file The style of a report: calm, in light and in dark, on paper and on a telephone. */

/** Colours of series are Observable's ten (observablehq/plot, scheme "observable10"); verdicts' are those of GitHub's Primer. */
export const styleSheet = `
:root {
  --page: #ffffff; --ink: #1c2128; --soft: #59636e; --line: #d8dee4; --tint: #f6f8fa; --faint: #c8d1da; --link: #0969da;
  --fits: #1a7f37; --recomputes: #9a6700; --fails: #cf222e;
  --fits-tint: #dafbe1; --recomputes-tint: #fff8c5; --fails-tint: #ffebe9;
  --series-0: #4269d0; --series-1: #efb118; --series-2: #ff725c; --series-3: #6cc5b0; --series-4: #3ca951;
  --series-5: #ff8ab7; --series-6: #a463f2; --series-7: #97bbf5; --series-8: #9c6b4e; --series-9: #9498a0;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #0d1117; --ink: #e6edf3; --soft: #9198a1; --line: #30363d; --tint: #161b22; --faint: #484f58; --link: #58a6ff;
    --fits: #3fb950; --recomputes: #d29922; --fails: #f85149;
    --fits-tint: #12261e; --recomputes-tint: #272115; --fails-tint: #2d1617;
    --series-0: #6b8cec; --series-8: #b98a6c;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
main, footer { max-width: 55rem; margin: 0 auto; padding: 0 1rem; box-sizing: content-box; }
header { padding-top: 2.5rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .75rem; font-weight: 650; letter-spacing: -.01em; text-wrap: balance; }
h2 { font-size: 1.15rem; line-height: 1.3; margin: 0 0 .75rem; font-weight: 650; }
h3 { font-size: .95rem; margin: 1.25rem 0 .5rem; font-weight: 600; }
section { margin: 2.75rem 0; }
p { margin: .5rem 0; max-width: 46rem; }
code { font: .86em/1.5 ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: break-word; }
small { font-size: .8rem; color: var(--soft); }
.kind { color: var(--soft); font-size: .8rem; letter-spacing: .08em; text-transform: uppercase; margin: 0 0 .25rem; }
.note, figcaption, footer { color: var(--soft); font-size: .88rem; }
.warning { border-left: 4px solid var(--recomputes); padding: .25rem .75rem; background: var(--recomputes-tint); }
.command { max-width: none; margin: 0 0 1.25rem; }
.command code { display: block; padding: .6rem .8rem; background: var(--tint); border: 1px solid var(--line); border-radius: 6px; user-select: all; }
.command code::before { content: "$ "; color: var(--soft); user-select: none; }
.verdict { display: flex; gap: 1rem; align-items: center; padding: 1rem 1.25rem; border-radius: 10px; border: 1px solid; }
.verdict strong { font-size: 1.35rem; line-height: 1.2; }
.verdict p { margin: .25rem 0 0; color: var(--ink); }
.verdict .mark { flex: none; width: 2.5rem; height: 2.5rem; border-radius: 50%; display: grid; place-items: center; font-size: 1.35rem; font-weight: 700; color: var(--page); background: currentColor; }
.verdict .mark { background: var(--verdict); }
.verdict { border-color: var(--verdict); }
.verdict strong { color: var(--verdict); }
.fits { --verdict: var(--fits); background: var(--fits-tint); }
.recomputes { --verdict: var(--recomputes); background: var(--recomputes-tint); }
.fails { --verdict: var(--fails); background: var(--fails-tint); }
.figures { display: flex; flex-wrap: wrap; gap: 1px; margin: 0; border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
.figures > div { flex: 1 1 9.5rem; padding: .8rem 1rem; box-shadow: 0 0 0 1px var(--line); }
.figures dt { color: var(--soft); font-size: .82rem; }
.figures dd { margin: 0; font-size: 1.45rem; line-height: 1.3; font-weight: 620; letter-spacing: -.01em; }
.figures small { display: block; font-weight: 400; letter-spacing: 0; line-height: 1.35; }
#figures { margin-top: 1.25rem; }
figure { margin: 0; }
figcaption { margin-top: .5rem; max-width: 46rem; }
.chart { display: block; max-width: 100%; height: auto; overflow: visible; color: var(--ink); --plot-background: var(--page); }
.chart text { font-size: 12px; font-variant-numeric: tabular-nums; }
.narrow, .only-narrow { display: none; max-width: 30rem; }
.wide .chart, .narrow .chart { width: 100%; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(270px, 1fr)); gap: 1rem; }
.charts h3 { margin: .25rem 0 0; }
.scrolls { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; margin: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); font-weight: 400; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--soft); font-size: .82rem; }
.few table { max-width: 34rem; }
.type { white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
.swatch { display: inline-block; width: .75em; height: .75em; border-radius: 2px; margin-right: .5em; }
.legend { max-width: none; }
.legend span { margin-right: 1.25rem; white-space: nowrap; font-size: .88rem; }
details > summary { cursor: pointer; color: var(--link); padding: .25rem 0; }
ul { padding-left: 1.1rem; margin: .5rem 0; max-width: 46rem; }
.scopes { font-size: .9rem; }
.scopes .row { display: grid; grid-template-columns: minmax(9rem, 1fr) 7rem 4.5rem 4rem 5rem 5.5rem 6rem 4rem; gap: .6rem; align-items: center; padding: .28rem 0; border-bottom: 1px solid var(--line); color: var(--ink); }
.scopes.as-run .row { grid-template-columns: minmax(9rem, 1fr) 9rem 4.5rem 4rem 5.5rem 6rem 4rem; }
.scopes .row .name { padding-left: calc(1.1rem * var(--depth, 0) + 1.1rem); position: relative; min-width: 0; }
.scopes summary.row { list-style: none; }
.scopes summary.row::-webkit-details-marker { display: none; }
.scopes summary .name::before { content: "▸"; position: absolute; left: calc(1.1rem * var(--depth, 0)); color: var(--soft); }
.scopes details[open] > summary .name::before { content: "▾"; }
.scopes summary:hover, .scopes .row:not(.head):hover { background: var(--tint); }
.scopes .head, .scopes .own { color: var(--soft); }
.scopes .head { font-size: .82rem; }
.phases { display: flex; height: .7rem; background: var(--tint); border-radius: 2px; overflow: hidden; }
.phases i { display: block; min-width: 1px; }
footer { margin-top: 3rem; margin-bottom: 2rem; padding-top: 1rem; border-top: 1px solid var(--line); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
@media (max-width: 56rem) {
  .scopes .row { grid-template-columns: minmax(9rem, 1fr) 4rem 4.2rem 3.7rem 4.7rem 5rem 6rem 3.4rem; gap: .3rem; font-size: .85rem; }
  .scopes.as-run .row { grid-template-columns: minmax(9rem, 1fr) 5rem 4.2rem 3.7rem 5rem 6rem 3.4rem; }
  .scopes .row .name { padding-left: calc(.7rem * var(--depth, 0) + .9rem); }
  .scopes summary .name::before { left: calc(.7rem * var(--depth, 0)); }
}
@media (max-width: 40rem) {
  .wide { display: none; }
  .narrow, .only-narrow { display: block; }
  .dispensable { display: none; }
  header { padding-top: 1.25rem; }
  h1 { font-size: 1.3rem; }
  .verdict { padding: .8rem; gap: .75rem; }
  .figures > div { flex-basis: 40%; padding: .6rem .8rem; }
  .figures dd { font-size: 1.2rem; }
  .scopes .row, .scopes.as-run .row { grid-template-columns: minmax(0, 1fr) 3.5rem 4rem 3.6rem; gap: .4rem; }
}
@media print {
  :root { color-scheme: light; }
  body { font-size: 10.5pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  section, figure, tr, .row { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .charts { grid-template-columns: repeat(3, 1fr); }
  #scopes, #hardware, #tensors { break-inside: auto; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
`;
