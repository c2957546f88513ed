/** @file TODO Trust */
import type { View } from "../app/view.js";
import { Panel } from "../Panel.js";

export const trustView: View = {
  title: "Trust",
  wanted: () => [],
  keyed: () => undefined,
  hints: () => [],
  help: [],
  Body: ({ size }) => <Panel title="Trust" width={size.columns} height={size.rows} />,
};
