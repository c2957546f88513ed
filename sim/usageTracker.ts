/**
 * @file Counts what is alive while the steps of a schedule are placed one after the other, and rewrites what is yet to
 * come so that a value is computed again or kept in fewer bytes: the bookkeeping of XLA's MemoryUsageTracker
 * (hlo_rematerialization.cc).
 */
import type { Fusion } from "./fusion.js";
import type { Buffer, BufferId, LaidOutProgram, ScheduledFusion } from "./layout.js";
import type { Layout } from "./tiles.js";

/** A step of the schedule, in a list that grows while it is walked. */
export interface Step {
  readonly fusion: Fusion;
  reads: BufferId[];
  readonly writes: readonly BufferId[];
  /** Whether the walk has come to it. */
  placed: boolean;
  /** Made by the compiler to save memory. */
  readonly added: boolean;
  /** The original of this copy is not needed any more: it has moved. */
  moved: boolean;
  /** Not to be computed again: it has moved twice, and could go on for ever, or only changes a layout. */
  settled: boolean;
  next: Step | undefined;
}

const stepOf = ({ fusion, reads, writes }: ScheduledFusion, added: boolean): Step => ({
  fusion,
  reads: [...new Set(reads)],
  writes,
  placed: false,
  added,
  moved: false,
  settled: false,
  next: undefined,
});

/** A program with what the compiler has added to it. */
export interface Rewritten {
  readonly program: LaidOutProgram;
  /** Steps of its schedule that were added. */
  readonly added: ReadonlySet<number>;
}

/** Walk from `first` along `next`, `begin` and `end` each step; in between, `recompute` and `compress` steps of the past. */
export class UsageTracker {
  readonly first: Step | undefined;
  /** Bytes of temporaries alive; arguments are not counted, nor does a result share its operand's storage. */
  usage = 0;
  /** How often a buffer that had died has come to be read after all. */
  revivals = 0;
  #current: Step | undefined;
  readonly #program: LaidOutProgram;
  readonly #buffers: Buffer[];
  /** What each buffer takes of the temporaries' memory: nothing for arguments. */
  readonly #bytes: number[];
  /** Buffers that stay as they are: results, and values that pass an optimization barrier, through which nothing is moved. */
  readonly #isPinned: boolean[];
  readonly #writer: (Step | undefined)[] = [];
  readonly #isArgument: boolean[];
  readonly #readers: Step[][];
  /** Readers that have not run yet, by buffer; the buffer dies with the last. */
  readonly #unfinished: number[];

  constructor(program: LaidOutProgram) {
    const { buffers, schedule, inputs, outputs } = program;
    this.#program = program;
    const barriers = program.fused.program.operations.filter(({ name }) => name === "optimizationBarrier");
    const passesBarrier = new Set(barriers.flatMap(({ operands }) => operands));
    this.#buffers = [...buffers];
    this.#bytes = buffers.map(({ layout }) => layout.paddedBytes);
    this.#isPinned = buffers.map(({ value }) => passesBarrier.has(value));
    this.#isArgument = buffers.map(() => false);
    this.#readers = buffers.map(() => []);
    this.#unfinished = buffers.map(() => 0);
    const steps = schedule.map((scheduled) => stepOf(scheduled, false));
    steps.forEach((step, i) => {
      step.next = steps[i + 1];
      for (const id of step.writes) this.#writer[id] = step;
      for (const id of step.reads) {
        this.#readers[id]!.push(step);
        this.#unfinished[id]!++;
      }
    });
    for (const id of outputs) {
      this.#isPinned[id] = true;
      this.#unfinished[id]!++;
    }
    for (const id of inputs) {
      this.#bytes[id] = 0;
      this.#isArgument[id] = true;
    }
    this.first = steps[0];
  }

  /** Allocates what a step writes. */
  begin(step: Step): void {
    this.#current = step;
    step.placed = true;
    this.usage += this.writtenBytes(step);
  }

  /** Frees what a step was the last to read, and what nothing reads. */
  end(step: Step): void {
    this.#current = undefined;
    for (const id of step.reads) {
      this.#unfinished[id]!--;
      if (this.#unfinished[id] === 0) this.usage -= this.#bytes[id]!;
    }
    for (const id of step.writes) if (this.#unfinished[id] === 0) this.usage -= this.#bytes[id]!;
  }

  writtenBytes({ writes }: Step): number {
    return writes.reduce((total, id) => total + this.#bytes[id]!, 0);
  }

  writerOf(id: BufferId): Step | undefined {
    return this.#writer[id];
  }

  hasLiveResult({ writes }: Step): boolean {
    return writes.some((id) => this.#isAlive(id));
  }

  /** Bytes free from here to the next reader when a step of the past runs again for it; none if at most 0. */
  savedByRecomputing({ reads, writes }: Step): number {
    let saved = 0;
    for (const id of writes) if (this.#isAlive(id)) saved += this.#bytes[id]!;
    if (saved === 0 || writes.some((id) => this.#isInUse(id))) return 0;
    // What it reads has to stay until then.
    for (const id of reads) if (!this.#isAlive(id)) saved -= this.#bytes[id]!;
    return saved;
  }

  /** Bytes free from here to the next reader when a step's only result is kept in another layout until then. */
  savedByCompressing({ writes: [id] }: Step, { paddedBytes }: Layout): number {
    return id === undefined || !this.#isAlive(id) || this.#isInUse(id) ? 0 : this.#bytes[id]! - paddedBytes;
  }

  layoutOf(id: BufferId): Layout {
    return this.#buffers[id]!.layout;
  }

  /**
   * Has a step of the past run again before the first of its readers to come, and before what it reads would die
   * otherwise.
   */
  recompute(step: Step): void {
    const copies = step.writes.map((id) => this.#define(this.#buffers[id]!));
    const fusion: Fusion = { ...step.fusion, phase: "recompute" };
    const again = stepOf({ ...step, fusion, writes: copies }, true);
    const before = new Set<Step>();
    for (const id of step.reads) {
      for (const reader of this.#readers[id]!) if (!reader.placed) before.add(reader);
      this.#read(id, again);
    }
    step.writes.forEach((id, i) => {
      for (const reader of this.#handOver(id, copies[i]!, again)) before.add(reader);
    });
    again.moved = !this.#isRead(step);
    again.settled = again.moved && step.moved;
    this.#insertBefore(again, before);
  }

  /** Keeps what a step of the past has written in another layout until the first of its readers to come. */
  compress(step: Step, layout: Layout): void {
    const [id] = step.writes as [BufferId];
    const original = this.#buffers[id]!;
    const compact = this.#define({ ...original, layout });
    const restored = this.#define(original);
    const fusion: Fusion = {
      ...step.fusion,
      kind: "copy",
      operations: [],
      operandReads: [],
      epilogueReads: [],
    };
    const compressing = { ...stepOf({ fusion, reads: [id], writes: [compact] }, true), settled: true };
    const later: Fusion = { ...fusion, phase: "recompute" };
    const restoring = {
      ...stepOf({ fusion: later, reads: [compact], writes: [restored] }, true),
      settled: true,
    };
    const readers = this.#handOver(id, restored, restoring);
    this.#readers[id]!.push(compressing);
    compressing.placed = true;
    this.#writer[compact] = compressing;
    this.usage += layout.paddedBytes;
    this.#readers[compact]!.push(restoring);
    this.#unfinished[compact] = 1;
    compressing.next = step.next;
    step.next = compressing;
    this.#insertBefore(restoring, new Set(readers));
  }

  /** The program as it has become. */
  finish(): Rewritten {
    const schedule: ScheduledFusion[] = [];
    const added = new Set<number>();
    for (let step = this.first; step; step = step.next) {
      // What only later steps read, and those read the copy, has moved rather than been computed twice.
      if (!this.#isRead(step)) continue;
      if (step.added) added.add(schedule.length);
      schedule.push({ fusion: step.fusion, reads: step.reads, writes: step.writes });
    }
    return { program: { ...this.#program, buffers: this.#buffers, schedule }, added };
  }

  #isAlive(id: BufferId): boolean {
    const written = this.#isArgument[id] || this.#writer[id]?.placed === true;
    return written && this.#unfinished[id]! > 0;
  }

  #isInUse(id: BufferId): boolean {
    return this.#isPinned[id] || this.#current?.reads.includes(id) === true;
  }

  #isRead({ writes }: Step): boolean {
    // A result of the program is never finished with.
    return writes.some((id) => this.#readers[id]!.length > 0 || this.#unfinished[id]! > 0);
  }

  #define(buffer: Buffer): BufferId {
    this.#readers.push([]);
    this.#unfinished.push(0);
    this.#bytes.push(buffer.layout.paddedBytes);
    this.#isPinned.push(false);
    this.#isArgument.push(false);
    return this.#buffers.push(buffer) - 1;
  }

  /** One more reader to come; a buffer that was dead stays alive for it. */
  #read(id: BufferId, reader: Step): void {
    if (this.#unfinished[id] === 0) {
      this.usage += this.#bytes[id]!;
      this.revivals++;
    }
    this.#unfinished[id]!++;
    this.#readers[id]!.push(reader);
  }

  /** Has the readers of a buffer that are yet to come read another one; the first is dead from here on. */
  #handOver(from: BufferId, to: BufferId, writer: Step): readonly Step[] {
    const later = this.#readers[from]!.filter(({ placed }) => !placed);
    if (this.#unfinished[from]! > 0) this.usage -= this.#bytes[from]!;
    this.#readers[from] = this.#readers[from]!.filter(({ placed }) => placed);
    this.#unfinished[from] = 0;
    this.#readers[to] = [...later];
    this.#unfinished[to] = later.length;
    this.#writer[to] = writer;
    for (const reader of later) reader.reads = reader.reads.map((id) => (id === from ? to : id));
    return later;
  }

  #insertBefore(step: Step, readers: ReadonlySet<Step>): void {
    let previous = this.#current!;
    while (previous.next && !readers.has(previous.next)) previous = previous.next;
    step.next = previous.next;
    previous.next = step;
  }
}
