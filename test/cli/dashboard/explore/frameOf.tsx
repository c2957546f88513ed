/** @file The whole screen as text, of a state. */
import { Text } from "ink";
import { render } from "ink-testing-library";
import picocolors from "picocolors";
import { App } from "../../../../src/cli/dashboard/app/App.js";
import type { AppState } from "../../../../src/cli/dashboard/app/state.js";
import { ColorsContext } from "../../../../src/cli/dashboard/colors.js";

export function frameOf(state: AppState, isColored = false): string {
  const app = render(<Text> </Text>);
  Object.defineProperty(app.stdout, "columns", { configurable: true, value: state.size.columns });
  app.rerender(
    <ColorsContext value={picocolors.createColors(isColored)}>
      <App state={state} onKey={() => {}} />
    </ColorsContext>,
  );
  const frame = app.lastFrame() ?? "";
  app.unmount();
  return frame;
}
