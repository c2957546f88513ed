/**
 * @file Counts what is alive while the steps of a schedule are placed one after the other, and rewrites what is yet to
 * come so that a placed step runs again: the bookkeeping of XLA's MemoryUsageTracker (hlo_rematerialization.cc).
 */
import type { BufferId, LaidOutProgram, ScheduledFusion } from "./layout.js";
import type { Fusion } from "./fusion.js";

/** A step of the schedule, in a list that grows while it is walked. */
export interface Step {
  readonly fusion: Fusion;
  reads: BufferId[];
  writes: readonly BufferId[];
  /** Whether the walk has come to it. */
  placed: boolean;
  readonly recomputed: boolean;
  /** The original of this copy is not needed any more: it has moved. */
  moved: boolean;
  /** Has moved twice; once more could go on for ever. */
  settled: boolean;
  next: Step | undefined;
}

export class UsageTracker {
  readonly first: Step | undefined;
  /** Bytes of temporaries alive; arguments are not counted, nor does a result share its operand's buffer. */
  usage = 0;
  #current: Step | undefined;
  /** Steps placed, in order: candidates for running again. */
  readonly #placed: Step[] = [];
  readonly #bytes: number[];
  readonly #valueOf: BufferId[];
  readonly #isArgument: ReadonlySet<BufferId>;
  readonly #isOutput: ReadonlySet<BufferId>;
  readonly #writer: (Step | undefined)[] = [];
  readonly #readers: Step[][];
  /** Readers that have not run yet, by buffer; the buffer dies with the last. */
  readonly #unfinished: number[];

  constructor(program: LaidOutProgram) {
    const { buffers, schedule, inputs, outputs } = program;
    this.#isArgument = new Set(inputs);
    this.#isOutput = new Set(outputs);
    this.#bytes = buffers.map(({ layout }, id) => (this.#isArgument.has(id) ? 0 : layout.paddedBytes));
    this.#valueOf = buffers.map((_, id) => id);
    this.#readers = buffers.map(() => []);
    const steps = schedule.map(
      ({ fusion, reads, writes }): Step => ({
        fusion,
        reads: [...new Set(reads)],
        writes,
        placed: false,
        recomputed: false,
        moved: false,
        settled: false,
        next: undefined,
      }),
    );
    steps.forEach((step, i) => {
      step.next = steps[i + 1];
      for (const id of step.writes) this.#writer[id] = step;
      for (const id of step.reads) this.#readers[id]!.push(step);
    });
    this.#unfinished = this.#readers.map((readers, id) => readers.length + Number(this.#isOutput.has(id)));
    this.first = steps[0];
  }

  /** Allocates what a step writes. */
  begin(step: Step): void {
    this.#current = step;
    step.placed = true;
    for (const id of step.writes) this.usage += this.#bytes[id]!;
  }

  /** Frees what a step was the last to read, and what nothing reads. */
  end(step: Step): void {
    this.#current = undefined;
    this.#placed.push(step);
    for (const id of step.reads) {
      this.#unfinished[id]!--;
      if (this.#unfinished[id] === 0) this.usage -= this.#bytes[id]!;
    }
    for (const id of step.writes) if (this.#unfinished[id] === 0) this.usage -= this.#bytes[id]!;
  }

  writtenBytes(step: Step): number {
    return step.writes.reduce((total, id) => total + this.#bytes[id]!, 0);
  }

  /** Steps that have run, oldest first. */
  get placed(): readonly Step[] {
    return this.#placed;
  }

  #isAlive(id: BufferId): boolean {
    const written = this.#isArgument.has(id) || this.#writer[id]?.placed === true;
    return written && this.#unfinished[id]! > 0;
  }

  /** Bytes free from here to the next reader when steps of the past run again for it; at most 0 if none are. */
  savedByRecomputing(block: readonly Step[]): number {
    const current = this.#current;
    let saved = 0;
    for (const { reads, writes } of block) {
      for (const id of writes) {
        if (this.#isOutput.has(id) || current?.reads.includes(id)) return 0;
        if (this.#isAlive(id)) saved += this.#bytes[id]!;
      }
      for (const id of reads) {
        // What it reads has to stay until then, unless that is made again, too.
        if (!this.#isAlive(id) && !block.includes(this.#writer[id]!)) saved -= this.#bytes[id]!;
      }
    }
    return saved;
  }

  /**
   * Has a step of the past run again before the first of its readers to come, and before what it reads would die
   * otherwise.
   */
  recompute(step: Step): void {
    if (!step.writes.some((id) => this.#readers[id]!.some(({ placed }) => !placed))) return;
    const again: Step = {
      ...step,
      reads: [...step.reads],
      writes: step.writes.map((id) => this.#copyOf(id)),
      placed: false,
      recomputed: true,
      moved: false,
    };
    const before = new Set<Step>();
    for (const id of step.reads) {
      if (this.#unfinished[id] === 0) this.usage += this.#bytes[id]!;
      for (const reader of this.#readers[id]!) if (!reader.placed) before.add(reader);
      this.#unfinished[id]!++;
      this.#readers[id]!.push(again);
    }
    step.writes.forEach((old, i) => {
      const copy = again.writes[i]!;
      const readers = this.#readers[old]!;
      const later = readers.filter(({ placed }) => !placed);
      if (this.#unfinished[old]! > 0) this.usage -= this.#bytes[old]!;
      this.#readers[old] = readers.filter(({ placed }) => placed);
      this.#unfinished[old] = 0;
      this.#readers[copy] = later;
      this.#unfinished[copy] = later.length;
      this.#writer[copy] = again;
      for (const reader of later) {
        reader.reads = reader.reads.map((id) => (id === old ? copy : id));
        before.add(reader);
      }
    });
    again.moved = !this.isRead(step);
    again.settled = again.moved && step.moved;
    let previous = this.#current!;
    while (previous.next && !before.has(previous.next)) previous = previous.next;
    again.next = previous.next;
    previous.next = again;
  }

  /** Whether anything of the past or to come reads what a step writes. */
  isRead(step: Step): boolean {
    return step.writes.some((id) => this.#isOutput.has(id) || this.#readers[id]!.length > 0);
  }

  #copyOf(id: BufferId): BufferId {
    this.#bytes.push(this.#bytes[id]!);
    this.#valueOf.push(this.#valueOf[id]!);
    this.#readers.push([]);
    this.#unfinished.push(0);
    return this.#bytes.length - 1;
  }

  /** The program as it has become, and which steps of its schedule run a second time. */
  finish(program: LaidOutProgram): {
    readonly program: LaidOutProgram;
    readonly recomputed: ReadonlySet<number>;
  } {
    const schedule: ScheduledFusion[] = [];
    const recomputed = new Set<number>();
    for (let step = this.first; step; step = step.next) {
      // What only later steps read, and those read the copy, has moved rather than been computed twice.
      if (!this.isRead(step)) continue;
      if (step.recomputed) recomputed.add(schedule.length);
      schedule.push({ fusion: step.fusion, reads: step.reads, writes: step.writes });
    }
    const buffers = this.#valueOf.map((original) => program.buffers[original]!);
    return { program: { ...program, buffers, schedule }, recomputed };
  }
}
