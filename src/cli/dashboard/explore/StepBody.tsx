/** @file The body of a view of the step: what there is to say while there is no step, else what the view shows of it. */
import { Box } from "ink";
import type { ReactNode } from "react";
import type { StepReport } from "../../../../sim/stepReport.js";
import type { BodyProps } from "../app/view.js";
import { useColors } from "../colors.js";
import { Paragraph } from "../Panel.js";
import { shownStep } from "./shownStep.js";

interface StepBodyProps extends BodyProps {
  /** @param titled adds to a heading that what is below is not of the question yet */
  readonly children: (step: StepReport, titled: (heading: string) => string) => ReactNode;
}

export function StepBody({ state, size: { columns, rows }, children }: StepBodyProps) {
  const { red, dim } = useColors();
  const shown = shownStep(state);
  if (shown && "step" in shown) {
    const { step, isCurrent } = shown;
    return children(step, (heading) => (isCurrent ? heading : `Simulating … before: ${heading}`));
  }
  return (
    <Box flexDirection="column" width={columns} height={rows} overflowY="hidden">
      <Paragraph text={shown ? red(shown.error) : dim("simulating …")} />
    </Box>
  );
}
