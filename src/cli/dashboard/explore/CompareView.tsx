/** @file TODO Compare */
import type { View } from "../app/view.js";
import { Panel } from "../Panel.js";

export const compareView: View = {
  title: "Compare",
  wanted: () => [],
  keyed: () => undefined,
  hints: () => [],
  help: [],
  Body: ({ size }) => <Panel title="Compare" width={size.columns} height={size.rows} />,
};
