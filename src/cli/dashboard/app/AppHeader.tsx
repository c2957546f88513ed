/** @file The two lines on top: the views with their keys, and the question with its verdict. */
import { Box, Text } from "ink";
import { askedWords } from "../../reportText.js";
import type { Colors } from "../../terminal.js";
import { verdictColor, verdictMarks, verdictWords } from "../../verdictWords.js";
import { answerTo } from "./answers.js";
import { HEADER_ROWS } from "./bodySize.js";
import { type AppState, currentPrediction, predictionAsk, viewNames } from "./state.js";
import { views } from "./views.js";

/** ` 1 Plan [2 Memory] 3 Scopes `: the one that is shown in brackets, which need no colours. */
function tabs({ view }: AppState, { bold, dim }: Colors): string {
  return viewNames
    .map((name, i) => {
      const text = `${i + 1} ${views[name].title}`;
      return name === view ? bold(`[${text}]`) : dim(` ${text} `);
    })
    .join("");
}

/** `✗ does not fit`, and while that is of an older question, that the new one is worked on. */
function verdictText(state: AppState, colors: Colors): string {
  const answer = answerTo(state.answers, predictionAsk(state));
  if (answer && "error" in answer) return colors.red("✗ no such step");
  const prediction = currentPrediction(state);
  if (!prediction) return colors.dim("simulating …");
  const { verdict } = prediction.memory;
  return colors.bold(verdictColor(verdict, colors)(`${verdictMarks[verdict]} ${verdictWords[verdict]}`));
}

interface AppHeaderProps {
  readonly state: AppState;
  readonly colors: Colors;
}

export function AppHeader({ state, colors }: AppHeaderProps) {
  const { recipe } = state.question;
  const run = recipe === undefined ? "" : colors.dim(` (${recipe})`);
  return (
    <Box
      flexDirection="column"
      width={state.size.columns}
      height={HEADER_ROWS}
      flexShrink={0}
      overflowY="hidden"
    >
      <Text wrap="truncate-end">{tabs(state, colors)}</Text>
      <Box justifyContent="space-between" columnGap={1}>
        <Text wrap="truncate-end">{`${colors.bold(askedWords(state.question))}${run}`}</Text>
        <Box flexShrink={0}>
          <Text>{verdictText(state, colors)}</Text>
        </Box>
      </Box>
    </Box>
  );
}
