/** @file TODO Memory */
import type { View } from "../app/view.js";
import { Panel } from "../Panel.js";

export const memoryView: View = {
  title: "Memory",
  wanted: () => [],
  keyed: () => undefined,
  hints: () => [],
  help: [],
  Body: ({ size }) => <Panel title="Memory" width={size.columns} height={size.rows} />,
};
