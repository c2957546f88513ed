/**
 * @file XLA itself, through Python: parses, compiles ahead of time and runs exported modules. Everything here needs
 * JAX, which nothing else in the project does; without it each function throws a `UserError` that says what to install.
 */
import { execa } from "execa";
import { z } from "zod";
import { packagePath } from "../packagePath.js";
import { UserError } from "../units/userError.js";

/** What `xla.py` was written for: it uses private functions of JAX, which move. */
export const requiredPackages = { jax: "0.10.2", jaxlib: "0.10.2", libtpu: "0.0.42.1" } as const;
type Package = keyof typeof requiredPackages;

/** The processor needs no libtpu. */
const processorPackages: readonly Package[] = ["jax", "jaxlib"];
const tpuPackages: readonly Package[] = [...processorPackages, "libtpu"];

export const SCRIPT = "src/stablehlo/xla.py";
/** The exit status of the script when a package is missing. */
const UNAVAILABLE = 3;

/** The Python to ask. */
export const pythonCommand = () => process.env.WILLFIT_PYTHON || "python3";

function installation(command: string, packages: readonly Package[]): string {
  const wanted = packages.map((name) => `${name}==${requiredPackages[name]}`).join(" ");
  return `"${command} -m pip install ${wanted}"`;
}

/** What to do about a Python that lacks packages. */
function installationAdvice(packages: readonly Package[]): string {
  return `install with ${installation(pythonCommand(), packages)}, or name another Python in WILLFIT_PYTHON`;
}

const failureSchema = z.object({ missing: z.string().optional(), error: z.string().optional() });

export interface XlaOptions {
  /** Ends the child when aborted. */
  readonly signal?: AbortSignal;
}

interface Call {
  readonly args: readonly string[];
  readonly needs: readonly Package[];
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly options?: XlaOptions;
}

/** How much of what is no answer is shown. */
const SHOWN_CHARACTERS = 80;

/** The last line of what a program has said: of a Python's traceback the one that names the error. */
const lastLine = (text: string) => text.trim().split("\n").at(-1)?.trim() ?? "";

/** Why a Python has given no answer. */
function silence({ exitCode, signal, stdout, stderr }: Silent): string {
  const said = lastLine(stderr);
  const after = said === "" ? "" : `; it said last: ${said}`;
  if (signal !== undefined) {
    const memory = signal === "SIGKILL" ? ", as the system does where memory runs out" : "";
    return `was ended by ${signal}${memory}${after}`;
  }
  if (exitCode !== 0) return `has failed with status ${exitCode}${after}`;
  const start = stdout.trim().slice(0, SHOWN_CHARACTERS);
  return start === "" ? `has said nothing${after}` : `has given no answer, but ${JSON.stringify(start)}`;
}

interface Silent {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the script.
 *
 * @throws UserError when Python or a package is missing, or Python ends without an answer; Error when XLA rejects the module
 */
async function call<T>(
  schema: z.ZodType<T>,
  { args, needs, input = "", environment = {}, options = {} }: Call,
): Promise<T> {
  const { signal } = options;
  const result = await execa(pythonCommand(), [packagePath(SCRIPT), ...args], {
    input,
    env: environment,
    reject: false,
    ...(signal && { cancelSignal: signal }),
  });
  signal?.throwIfAborted();
  if (result.code === "ENOENT") {
    throw new UserError(
      `this needs Python, and there is no ${pythonCommand()}; with Python 3, ${installation("python3", needs)} gets the rest`,
    );
  }
  if (result.exitCode === undefined && result.signal === undefined)
    throw new UserError(`${pythonCommand()} cannot be run: ${result.originalMessage ?? result.message}`);
  const answer = parseJson(result.stdout);
  if (result.exitCode === 0) {
    const answered = schema.safeParse(answer);
    if (answered.success) return answered.data;
    throw new UserError(`${pythonCommand()} ${silence(result)}`);
  }
  const failure = failureSchema.safeParse(answer);
  if (result.exitCode === UNAVAILABLE) {
    throw new UserError(
      `${pythonCommand()} cannot use JAX (${failure.data?.missing}); ${installationAdvice(needs)}`,
    );
  }
  if (failure.data?.error !== undefined) throw new Error(`XLA: ${failure.data.error}`);
  throw new UserError(`${pythonCommand()} ${silence(result)}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const versionsSchema = z.record(z.enum(["jax", "jaxlib", "libtpu"]), z.string().nullable());
export type XlaVersions = z.infer<typeof versionsSchema>;

/**
 * The installed versions.
 *
 * @param on where modules are to run or to be compiled for
 * @throws UserError naming what is missing
 */
export async function xlaVersions(on: "processor" | "tpu", options: XlaOptions = {}): Promise<XlaVersions> {
  const needs = on === "tpu" ? tpuPackages : processorPackages;
  const versions = await call(versionsSchema, { args: ["packages"], needs, options });
  const missing = needs.filter((name) => !versions[name]);
  if (missing.length === 0) return versions;
  throw new UserError(`${pythonCommand()} has no ${missing.join(", no ")}; ${installationAdvice(missing)}`);
}

const parseSchema = z.object({ errors: z.record(z.string(), z.string().nullable()) });

/** What XLA's parser and verifier have against each of the files; null where nothing. */
export async function parseModules(
  paths: readonly string[],
): Promise<Readonly<Record<string, string | null>>> {
  const { errors } = await call(parseSchema, { args: ["parse", ...paths], needs: processorPackages });
  return errors;
}

/** A machine to compile for, as a hardware profile names it. */
export interface CompileTarget {
  readonly topology: string;
  readonly options: Readonly<Record<string, string | readonly number[]>>;
}

const compiledSchema = z.object({
  packages: versionsSchema,
  fits: z.literal(true),
  memory: z.object({ argumentBytes: z.number(), tempBytes: z.number(), peakBytes: z.number() }),
  flops: z.number(),
  bytesAccessed: z.number(),
  /** Instructions that compute something a second time, to save memory. */
  rematerialized: z.int(),
  /** What the entry computation runs, with the compiler's own estimate of each. */
  instructions: z.array(
    z.object({
      name: z.string(),
      opName: z.string(),
      cycles: z.number(),
      /** Of the result of the one matrix product in it; null where there is none, or several. */
      productElements: z.number().nullable(),
    }),
  ),
});
const refusedSchema = z.object({
  packages: versionsSchema,
  fits: z.literal(false),
  /** What the compiler would need, or only its temporaries: it says one or the other. */
  neededBytes: z.number().nullable(),
  tempBytes: z.number().nullable(),
});

export const compilationSchema = z.discriminatedUnion("fits", [compiledSchema, refusedSchema]);
/** What the compiler says of one device's program; per device. */
export type Compilation = Readonly<z.infer<typeof compilationSchema>>;

/** Compiles a module for a machine that need not be there. Takes up to minutes. */
export function compileAhead(
  module: string,
  target: CompileTarget,
  options: XlaOptions = {},
): Promise<Compilation> {
  const args = ["compile", JSON.stringify(target)];
  return call(compilationSchema, { args, needs: tpuPackages, input: module, options });
}

/** One module to run: its file, and those of its inputs and outputs. */
export interface Execution {
  readonly module: string;
  readonly inputs: string;
  readonly outputs: string;
}

const executedSchema = z.object({ backend: z.string() });

/** Runs modules on virtual devices of this computer's processor, one after the other. */
export async function executeModules(
  executions: readonly Execution[],
  replicas: number,
  options: XlaOptions = {},
): Promise<void> {
  const paths = executions.flatMap(({ module, inputs, outputs }) => [module, inputs, outputs]);
  const flags = [
    `--xla_force_host_platform_device_count=${replicas}`,
    // What runs once is not worth optimising.
    "--xla_backend_optimization_level=0",
  ];
  const environment = { XLA_FLAGS: flags.join(" ") };
  await call(executedSchema, { args: ["execute", ...paths], needs: processorPackages, environment, options });
}
