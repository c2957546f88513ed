/**
 * @file Texts as the text tower takes them: ids, as many as it has positions, the last of them always the end token,
 * since that is the position that the tower reads. Padding is the end token too, as SigLIP's (big_vision's
 * pp/ops_text.py, `eos="sticky"`, `pad_value=1` with 1 the end).
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { reading } from "../../src/reading.js";
import { UserError } from "../../src/units/userError.js";

export interface Tokenizer {
  readonly name: string;
  /** One more than the highest id. */
  readonly vocabulary: number;
  /** `length` ids: the text's, cut where it is longer, then the end token. */
  readonly encode: (text: string, length: number) => Int32Array;
}

/** The tokenizer that is built in. */
export const BYTES = "bytes";

/** Values of a byte; the end token comes after them. */
const BYTE_VALUES = 256;

/** What every tokenizer's file is called, on the Hugging Face hub and in folders made for it. */
const TOKENIZER_FILE = "tokenizer.json";
const CONFIG_FILE = "tokenizer_config.json";

/** End tokens of tokenizers that do not append one themselves: T5 and Llama, CLIP and GPT-2, Gemma, BERT. */
const END_TOKENS = ["</s>", "<|endoftext|>", "<eos>", "[SEP]"] as const;

function endingIn(end: number, ids: ArrayLike<number>, length: number): Int32Array {
  const encoded = new Int32Array(length).fill(end);
  const kept = Math.min(ids.length, length - 1);
  for (let i = 0; i < kept; i++) encoded[i] = ids[i]!;
  return encoded;
}

/** UTF-8 in lower case, white space made one space, as CLIP's simple_tokenizer.py does it. */
export const bytesTokenizer: Tokenizer = {
  name: BYTES,
  vocabulary: BYTE_VALUES + 1,
  encode: (text, length) =>
    endingIn(
      BYTE_VALUES,
      new TextEncoder().encode(text.replaceAll(/\s+/g, " ").trim().toLowerCase()),
      length,
    ),
};

/** As far as a tokenizer.json is told from other JSON; the library reads the rest. */
const tokenizerSchema = z.looseObject({
  model: z.looseObject({ vocab: z.union([z.record(z.string(), z.number()), z.array(z.unknown())]) }),
});

const configSchema = z.looseObject({
  eos_token: z.union([z.string(), z.looseObject({ content: z.string() })]).nullish(),
});
type Config = z.infer<typeof configSchema>;

/** What is used of the library's tokenizer. Its own declarations do not resolve as Node resolves modules. */
interface LibraryTokenizer {
  readonly encode: (
    text: string,
    options: { readonly add_special_tokens: boolean },
  ) => { readonly ids: number[] };
  readonly get_vocab: (withAddedTokens: boolean) => ReadonlyMap<string, number>;
}

const words = (error: unknown) => (error instanceof Error ? error.message.replaceAll(/\s+/g, " ") : "");

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw new UserError(`${path}: ${words(error)}`);
    throw new UserError(
      `${path}: not JSON; a tokenizer is a Hugging Face ${TOKENIZER_FILE}, not a vocab.txt or a SentencePiece .model`,
    );
  }
}

/** What lies beside a tokenizer.json and completes it; not every tokenizer has one. */
function readConfig(tokenizerPath: string): Config {
  const path = join(dirname(tokenizerPath), CONFIG_FILE);
  if (!existsSync(path)) return {};
  const config = configSchema.safeParse(readJson(path));
  if (!config.success) throw new UserError(`${path}: not a ${CONFIG_FILE}`);
  return config.data;
}

const tokenText = (token: Config["eos_token"]) => (typeof token === "object" ? token?.content : token);

/**
 * What the tokenizer appends to a text. Found by trying, since each kind of post-processor has its own form: what
 * follows the text's own ids when special tokens are added.
 */
function appended(library: LibraryTokenizer): number[] {
  const probe = "a";
  const own = library.encode(probe, { add_special_tokens: false }).ids;
  const all = library.encode(probe, { add_special_tokens: true }).ids;
  const last = own.at(-1);
  return last === undefined ? [] : all.slice(all.lastIndexOf(last) + 1);
}

/** @throws UserError when the tokenizer has none that is known */
function endToken(path: string, library: LibraryTokenizer, config: Config): number {
  const own = appended(library).at(-1);
  if (own !== undefined) return own;
  const vocabulary = library.get_vocab(true);
  const names = [tokenText(config.eos_token), ...END_TOKENS];
  for (const name of names) {
    const id = name && vocabulary.get(name);
    if (typeof id === "number") return id;
  }
  throw new UserError(
    `${path}: no end token: it appends none, no ${CONFIG_FILE} names one, and it has none of ${END_TOKENS.join(", ")}`,
  );
}

async function load(path: string, config: Config): Promise<LibraryTokenizer> {
  const json = readJson(path);
  const parsed = tokenizerSchema.safeParse(json);
  if (!parsed.success) {
    throw new UserError(
      `${path}: JSON, but not a ${TOKENIZER_FILE}: that has a "model" with a "vocab" (vocab.json alone is not enough)`,
    );
  }
  const library = await import("@huggingface/tokenizers");
  try {
    return new library.Tokenizer(parsed.data, config);
  } catch (error) {
    throw new UserError(`${path}: a ${TOKENIZER_FILE} that cannot be used: ${words(error)}`);
  }
}

/** @throws UserError in place of what the library says of a tokenizer that it can build and not use */
function using<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${path}: a ${TOKENIZER_FILE} that cannot be used: ${words(error)}`);
  }
}

/** More than any tokenizer has (Gemma: 262,144): the token table has a row for each. */
const MOST_TOKENS = 2 ** 24;

/** One more than the highest id. @throws UserError when ids are no numbers of rows */
function vocabularyOf(path: string, ids: Iterable<number>): number {
  let vocabulary = 0;
  for (const id of ids) {
    if (!Number.isInteger(id) || id < 0 || id >= MOST_TOKENS)
      throw new UserError(`${path}: a token has the id ${id}, which is no number of a row`);
    vocabulary = Math.max(vocabulary, id + 1);
  }
  return vocabulary;
}

async function huggingFaceTokenizer(name: string, path: string): Promise<Tokenizer> {
  const config = readConfig(path);
  const library = await load(path, config);
  return using(path, () => {
    const end = endToken(path, library, config);
    const suffix = appended(library).length;
    return {
      name,
      vocabulary: vocabularyOf(path, [end, ...library.get_vocab(true).values()]),
      encode: (text, length) => {
        const { ids } = using(path, () => library.encode(text, { add_special_tokens: true }));
        return endingIn(end, ids.slice(0, ids.length - suffix), length);
      },
    };
  });
}

/**
 * The tokenizer of this name: `bytes`, or that of a Hugging Face tokenizer.json, or of a folder that has one.
 *
 * @throws UserError when it is neither, or is one that cannot be used
 */
export async function loadTokenizer(name: string): Promise<Tokenizer> {
  if (name === BYTES) return bytesTokenizer;
  return reading(`--tokenizer ${name}`, () => tokenizerAt(name));
}

async function tokenizerAt(name: string): Promise<Tokenizer> {
  const found = statSync(name, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new UserError(`--tokenizer ${name}: neither ${BYTES} nor a ${TOKENIZER_FILE} that is there`);
  }
  if (!found.isDirectory()) return huggingFaceTokenizer(name, name);
  const path = join(name, TOKENIZER_FILE);
  if (!existsSync(path)) throw new UserError(`--tokenizer ${name}: a folder without a ${TOKENIZER_FILE}`);
  return huggingFaceTokenizer(name, path);
}
