/** @file TODO Train */

import { Panel } from "../Panel.js";
import type { View } from "./view.js";

export const trainView: View = {
  title: "Train",
  wanted: () => [],
  keyed: () => undefined,
  hints: () => [],
  help: [],
  Body: ({ size }) => <Panel title="Train" width={size.columns} height={size.rows} />,
};
