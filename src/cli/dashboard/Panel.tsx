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
  return <Line text={`${bold(title)} ${dim(rule)}`} />;
}

export function Panel({ title, width, height, children }: PanelProps) {
  if (height === 0 || width === 0) return null;
  return (
    <Box flexDirection="column" width={width} height={height} flexShrink={0} overflowY="hidden">
      <Heading title={title} width={width} />
      {children}
    </Box>
  );
}

/** Lines that have room as they are: ink cuts text as one line. */
export function Lines({ lines }: { readonly lines: readonly string[] }) {
  return lines.length === 0 ? null : <Line text={lines.join("\n")} />;
}

/** Lines of which each is cut where it does not fit. */
export function CutLines({ lines }: { readonly lines: readonly string[] }) {
  return (
    <Box flexDirection="column" flexShrink={0}>
      {/* The lines of a list are told apart by where they are. */}
      {lines
        .map((text, row) => ({ text, row }))
        .map(({ text, row }) => (
          <Text key={row} wrap="truncate-end">
            {text === "" ? " " : text}
          </Text>
        ))}
    </Box>
  );
}

/** One line, cut where it does not fit. */
export function Line({ text }: { readonly text: string }) {
  return (
    <Box flexShrink={0}>
      <Text wrap="truncate-end">{text}</Text>
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
