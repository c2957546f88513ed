/** @file TODO Batches */
import type { View } from "../app/view.js";
import { Panel } from "../Panel.js";

export const batchesView: View = {
  title: "Batches",
  wanted: () => [],
  keyed: () => undefined,
  hints: () => [],
  help: [],
  Body: ({ size }) => <Panel title="Batches" width={size.columns} height={size.rows} />,
};
