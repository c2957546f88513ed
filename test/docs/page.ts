/**
 * @file A page of documentation, read: its fenced blocks, the commands in them with the output that is shown, what it quotes of
 * the sources, and where it links to.
 */

/** What is left out of an output: lines where it stands alone, a part of a line where it does not. */
const LEFT_OUT = "…";

export interface Fence {
  readonly language: string;
  readonly lines: readonly string[];
}

export function fencesOf(page: string, language: string): readonly Fence[] {
  return [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .map(([, name = "", body = ""]) => ({ language: name, lines: body.trimEnd().split("\n") }))
    .filter((fence) => fence.language === language);
}

/** A command, and what the page shows of its output. */
export interface ShownCommand {
  /** Everything after `willfit`. */
  readonly command: string;
  /** What lines are picked by, of `| grep 'text'`; all lines unless given. */
  readonly picked?: string;
  readonly shown: readonly string[];
}

/** The commands of blocks marked `console`; each begins with `$ willfit`. */
export function shownCommands(page: string): readonly ShownCommand[] {
  return fencesOf(page, "console").flatMap(({ lines }) => {
    const starts = lines.flatMap((line, i) => (line.startsWith("$ willfit ") ? [i] : []));
    return starts.map((start, i): ShownCommand => {
      const [, command = "", picked] = /^\$ willfit (.*?)(?: \| grep '(.*)')?$/.exec(lines[start]!)!;
      const shown = lines.slice(start + 1, starts[i + 1]);
      return { command, ...(picked !== undefined && { picked }), shown };
    });
  });
}

/** The lines that a command with these choices gives. */
export function outputLines({ picked }: ShownCommand, stdout: string): readonly string[] {
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.trimEnd());
  return picked === undefined ? lines : lines.filter((line) => line.includes(picked));
}

/** Whether a line of an output is the one that is shown. */
function isShown(shown: string, real: string): boolean {
  const [first = "", ...others] = shown.split(LEFT_OUT);
  const last = others.pop();
  if (last === undefined) return shown === real;
  if (!real.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = real.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return real.endsWith(last) && real.length - last.length >= at;
}

/** Lines that follow each other, with something left out before and behind. */
function runsOf(shown: readonly string[]): readonly (readonly string[])[] {
  const runs: string[][] = [[]];
  for (const line of shown) {
    if (line === LEFT_OUT) runs.push([]);
    else runs.at(-1)!.push(line);
  }
  return runs;
}

type Alike = (shown: string, real: string) => boolean;

/**
 * Where in an output each run of shown lines is, one behind the other: the first begins with the output and the last ends
 * with it. −1 for a run that is not there.
 *
 * @param ways in which lines may be alike; the first in which a run is found decides
 */
function placesOf(
  runs: readonly (readonly string[])[],
  real: readonly string[],
  ways: readonly Alike[],
): readonly number[] {
  let from = 0;
  return runs.map((run, i) => {
    const latest = real.length - run.length;
    const places = Array.from({ length: Math.max(0, latest - from + 1) }, (_, j) => from + j).filter(
      (at) => (i > 0 || at === 0) && (i < runs.length - 1 || at === latest || run.length === 0),
    );
    for (const isAlike of ways) {
      const place = places.find((at) => run.every((line, j) => isAlike(line, real[at + j]!)));
      if (place === undefined) continue;
      from = place + run.length;
      return place;
    }
    return -1;
  });
}

/** The shown lines of which there is nothing where they ought to be in the output. */
export function missingLines({ shown }: ShownCommand, real: readonly string[]): readonly string[] {
  const runs = runsOf(shown);
  const places = placesOf(runs, real, [isShown]);
  return runs.flatMap((run, i) => (places[i] === -1 ? run : []));
}

/** A line without its numbers and bars: what is left of it when figures change. */
const skeleton = (line: string) =>
  line
    .replace(/\d[\d.,]*/g, "#")
    .replace(/[\u2581-\u258f│ ]+/g, " ")
    .trim();

/** The shown lines with the figures that the output has now; those of which it has nothing alike stay as they are. */
export function renewedLines({ shown }: ShownCommand, real: readonly string[]): readonly string[] {
  const runs = runsOf(shown);
  const places = placesOf(runs, real, [isShown, (a, b) => isShown(skeleton(a), skeleton(b))]);
  const renewed = runs.map((run, i) => {
    const place = places[i]!;
    if (place < 0) return run;
    return run.map((line, j) => (isShown(line, real[place + j]!) ? line : real[place + j]!));
  });
  return renewed.flatMap((run, i) => (i === 0 ? run : [LEFT_OUT, ...run]));
}

/** A page with other lines in place of those that it shows of a command. */
export function withShown(page: string, { command, picked, shown }: ShownCommand, lines: readonly string[]) {
  const prompt = `$ willfit ${command}${picked === undefined ? "" : ` | grep '${picked}'`}`;
  return page.replace([prompt, ...shown].join("\n"), () => [prompt, ...lines].join("\n"));
}

/** Lines of a source file that a page quotes: blocks marked `ts` whose first line is `// its path`. */
export function quotations(page: string): readonly { readonly path: string; readonly text: string }[] {
  return fencesOf(page, "ts").flatMap(({ lines: [first = "", ...rest] }) => {
    const path = /^\/\/ (\S+\.ts)$/.exec(first)?.[1];
    return path === undefined ? [] : [{ path, text: rest.join("\n") }];
  });
}

/** The files that a page links to, as it writes them: neither addresses nor places in the page itself. */
export function linkedFiles(page: string): readonly string[] {
  const withoutCode = page.replace(/^```[\s\S]*?^```$/gm, "").replace(/`[^`\n]*`/g, "");
  return [...withoutCode.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}
