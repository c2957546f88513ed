/** @file TODO Roofline */
import type { View } from "../app/view.js";
import { Panel } from "../Panel.js";

export const rooflineView: View = {
  title: "Roofline",
  wanted: () => [],
  keyed: () => undefined,
  hints: () => [],
  help: [],
  Body: ({ size }) => <Panel title="Roofline" width={size.columns} height={size.rows} />,
};
