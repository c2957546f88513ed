/** @file What to change, to be applied with a key; and how sure the figures are. */
import type { ErrorEstimate } from "../../../../sim/prediction.js";
import { findRecipe } from "../../../recipes/recipes.js";
import { formatBytes, formatCount } from "../../../units/quantity.js";
import { commandLine } from "../../commandLine.js";
import { costWords, isOnTheEdge, stepNow } from "../../reportText.js";
import type { Colors } from "../../terminal.js";
import { ask, known } from "../app/answers.js";
import { type AppState, currentPrediction } from "../app/state.js";
import { useColors } from "../colors.js";
import { CutLines, Panel } from "../Panel.js";
import { isAmongSuggestions } from "./planKeys.js";

interface AdvicePanelProps {
  readonly state: AppState;
  readonly width: number;
  readonly height: number;
}

/** `26.07 GiB`, `+31 % time` */
const BYTES_COLUMNS = 9;
const COST_COLUMNS = 10;

/** `64 of tpu-v4x4, 32 of tpu-v3-8` */
const chipsWords = (chips: readonly { readonly hardware: string; readonly chips: number }[]) =>
  chips.map(({ hardware, chips: count }) => `${formatCount(count)} of ${hardware}`).join(", ");

function suggestionLines(state: AppState, { bold, dim }: Colors): readonly string[] {
  const advice = known(state.answers, ask("advice", state.question));
  const prediction = currentPrediction(state);
  if (!advice || !prediction) return [dim("looking for plans that would be better …")];
  const { suggestions, chips } = advice;
  const isFocused = isAmongSuggestions(state);
  const lines = suggestions.flatMap(({ change, flags, peakBytes, stepSeconds }, i) => {
    const isSelected = isFocused && i === state.panes.plan.suggestion;
    const cost = costWords(stepSeconds, stepNow(prediction)).padStart(COST_COLUMNS);
    const facts = `${formatBytes(peakBytes).padStart(BYTES_COLUMNS)} ${cost}`;
    return isSelected ? [bold(`▸ ${facts}  ${change}`), dim(`  ${flags}`)] : [`  ${facts}  ${change}`];
  });
  const none = prediction.memory.verdict === "fits" ? "nothing: it fits as it is" : "no other plan is better";
  return [
    ...(lines.length > 0 ? lines : [dim(none)]),
    ...(chips.length > 0 ? [`${dim("as it is on")} ${chipsWords(chips)}`] : []),
  ];
}

function titleOf(state: AppState): string {
  const advice = known(state.answers, ask("advice", state.question));
  const verdict = currentPrediction(state)?.memory.verdict;
  if (!advice || !verdict || advice.suggestions.length === 0) return "What to change";
  if (verdict !== "does-not-fit") return "What would be faster";
  return advice.suggestions.some(({ fits }) => fits) ? "What would make it fit" : "Not enough, but nearest";
}

/** `memory ± 1 %`, or that it is not known. */
function errorText(what: string, { errorPercent }: ErrorEstimate): string {
  return errorPercent === null ? `${what}: error unknown` : `${what} ± ${errorPercent} %`;
}

/** Narrower, and not even the machine would be seen. */
const COMMAND_COLUMNS = 80;

/** The same question on the command line. */
function commandOf({ question: { recipe, ...query } }: AppState): string {
  return `willfit fit ${commandLine(query, recipe === undefined ? undefined : findRecipe(recipe))}`;
}

/** How sure the figures are: view 8 says why. */
function confidenceLines({ shown }: AppState, { dim, yellow }: Colors): readonly string[] {
  if (!shown) return [];
  const { memory, time } = shown.confidence;
  return [
    dim(`${errorText("memory", memory)}, ${errorText("time", time)} (8 says why)`),
    ...(isOnTheEdge(shown) ? [yellow("the verdict is within the error: try before you rely on it")] : []),
  ];
}

export function AdvicePanel({ state, width, height }: AdvicePanelProps) {
  const colors = useColors();
  const lines = [
    ...suggestionLines(state, colors),
    ...confidenceLines(state, colors),
    ...(width < COMMAND_COLUMNS ? [] : ["", colors.dim(`$ ${commandOf(state)}`)]),
  ];
  return (
    <Panel title={titleOf(state)} width={width} height={height}>
      <CutLines lines={lines.slice(0, height - 1)} />
    </Panel>
  );
}
