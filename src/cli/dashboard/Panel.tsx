/** @file A part of the screen under a heading: what has no room in it is cut off. */
import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { useColors } from "./colors.js";

interface PanelProps {
  readonly title: string;
  readonly width: number;
  /** With the heading. */
  readonly height: number;
  readonly children?: ReactNode;
}

/** `Loss ─────────────` */
function Heading({ title, width }: Pick<PanelProps, "title" | "width">) {
  const { bold, dim } = useColors();
  const rule = "─".repeat(Math.max(0, width - title.length - 1));
  return <Lines lines={[`${bold(title)} ${dim(rule)}`]} />;
}

export function Panel({ title, width, height, children }: PanelProps) {
  if (height === 0 || width === 0) return null;
  return (
    <Box flexDirection="column" width={width} height={height} flexShrink={0} overflow="hidden">
      <Heading title={title} width={width} />
      {children}
    </Box>
  );
}

/** Lines as they are, each cut at the edge of the panel. */
export function Lines({ lines }: { readonly lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <Box flexShrink={0}>
      <Text wrap="truncate-end">{lines.join("\n")}</Text>
    </Box>
  );
}

/** Text that goes on in the next line where it does not fit. */
export function Paragraph({ text }: { readonly text: string }) {
  return (
    <Box flexShrink={0}>
      <Text>{text}</Text>
    </Box>
  );
}
