/** @file What each category of memory is drawn with: always the same, whatever else there is. */
import type { Colors } from "../../terminal.js";
import type { Fill } from "../stack.js";
import { type Texture, textures } from "../texture.js";

type Color = "blue" | "magenta" | "cyan" | "green" | "yellow" | "white";

const fills: Readonly<Record<string, readonly [Texture, Color]>> = {
  parameters: [textures.full, "blue"],
  "frozen weights": [textures.dense, "blue"],
  "optimizer state": [textures.rows, "magenta"],
  "saved activations": [textures.checkered, "cyan"],
  gradients: [textures.columns, "green"],
  workspace: [textures.dotted, "yellow"],
  "logits and loss": [textures.slanted, "yellow"],
};

/** Of what is too little for a fill of its own. */
const other: readonly [Texture, Color] = [textures.sparse, "white"];

export const hasFill = (category: string) => category in fills;

export function fillOf(category: string, colors: Colors): Fill {
  const [texture, color] = fills[category] ?? other;
  return { texture, paint: colors[color] };
}
