/** @file Tokenizers: the one built in, those of a Hugging Face tokenizer.json, and what is refused. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { UserError } from "../../src/units/userError.js";
import { bytesTokenizer, loadTokenizer } from "../../train/data/tokenizer.js";

const root = mkdtempSync(join(tmpdir(), "willfit-test-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A folder with these files, as text or to be made JSON. */
function folderWith(name: string, files: Record<string, unknown>): string {
  const folder = join(root, name);
  mkdirSync(folder);
  for (const [file, content] of Object.entries(files)) {
    writeFileSync(join(folder, file), typeof content === "string" ? content : JSON.stringify(content));
  }
  return folder;
}

const special = (id: number, content: string) => ({ id, content, special: true, normalized: false });

/** BERT's kind: words and pieces of words, in lower case, between [CLS] and [SEP]. */
const wordPiece = {
  version: "1.0",
  added_tokens: [special(0, "[PAD]"), special(1, "[UNK]"), special(2, "[CLS]"), special(3, "[SEP]")],
  normalizer: { type: "BertNormalizer", lowercase: true, clean_text: true, handle_chinese_chars: true },
  pre_tokenizer: { type: "BertPreTokenizer" },
  post_processor: { type: "BertProcessing", sep: ["[SEP]", 3], cls: ["[CLS]", 2] },
  decoder: { type: "WordPiece", prefix: "##", cleanup: true },
  model: {
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: 100,
    vocab: { "[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, a: 4, photo: 5, of: 6, cat: 7, "##s": 8 },
  },
};

/** T5's and SigLIP's kind: the likeliest pieces, then </s>. */
const unigram = {
  added_tokens: [special(0, "<pad>"), special(1, "</s>"), special(2, "<unk>")],
  pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true },
  post_processor: {
    type: "TemplateProcessing",
    single: [{ Sequence: { id: "A", type_id: 0 } }, { SpecialToken: { id: "</s>", type_id: 0 } }],
    pair: [],
    special_tokens: { "</s>": { id: "</s>", ids: [1], tokens: ["</s>"] } },
  },
  normalizer: null,
  decoder: null,
  model: {
    type: "Unigram",
    unk_id: 2,
    vocab: [
      ["<pad>", 0],
      ["</s>", 0],
      ["<unk>", 0],
      ["▁a", -2],
      ["▁cat", -3],
      ["s", -4],
    ],
  },
};

/** GPT-2's kind: merges of characters, nothing added. */
const bpe = {
  added_tokens: [special(5, "<|endoftext|>"), special(9, "<|stop|>")],
  pre_tokenizer: { type: "Whitespace" },
  normalizer: null,
  post_processor: null,
  decoder: null,
  model: { type: "BPE", vocab: { c: 0, a: 1, t: 2, ca: 3, cat: 4 }, merges: ["c a", "ca t"] },
};

describe("bytes", () => {
  it("are those of the text in lower case with single spaces, then the end token", () => {
    expect([...bytesTokenizer.encode("  A\n\tcat ", 8)]).toEqual([97, 32, 99, 97, 116, 256, 256, 256]);
    expect([...bytesTokenizer.encode("é", 3)]).toEqual([0xc3, 0xa9, 256]);
    expect([...bytesTokenizer.encode("", 2)]).toEqual([256, 256]);
  });

  it("are as many as asked for, within the vocabulary, and end in the end token", async () => {
    const { encode, vocabulary } = await loadTokenizer("bytes");
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 40 }), (text, length) => {
        const ids = encode(text, length);
        expect(ids).toHaveLength(length);
        expect(ids.at(-1)).toBe(256);
        expect(ids.every((id) => id >= 0 && id < vocabulary)).toBe(true);
      }),
    );
  });
});

describe("a tokenizer.json", () => {
  it("of word pieces keeps its first token and ends in [SEP]", async () => {
    const folder = folderWith("bert", { "tokenizer.json": wordPiece });
    const { encode, vocabulary, name } = await loadTokenizer(join(folder, "tokenizer.json"));
    expect(name).toBe(join(folder, "tokenizer.json"));
    expect(vocabulary).toBe(9);
    expect([...encode("A photo of CATS", 8)]).toEqual([2, 4, 5, 6, 7, 8, 3, 3]);
    expect([...encode("a photo of cats", 4)]).toEqual([2, 4, 5, 3]);
    expect([...encode("dog", 4)]).toEqual([2, 1, 3, 3]);
  });

  it("of SentencePiece's kind pads with </s>, and is found in its folder", async () => {
    const { encode, vocabulary } = await loadTokenizer(folderWith("t5", { "tokenizer.json": unigram }));
    expect(vocabulary).toBe(6);
    expect([...encode("a cats", 6)]).toEqual([3, 4, 5, 1, 1, 1]);
    expect([...encode("a cats", 2)]).toEqual([3, 1]);
  });

  it("that appends nothing ends in what its configuration or its vocabulary has for that", async () => {
    const plain = await loadTokenizer(folderWith("gpt", { "tokenizer.json": bpe }));
    expect([...plain.encode("cat", 3)]).toEqual([4, 5, 5]);
    expect(plain.vocabulary).toBe(10);
    const configured = folderWith("gpt-config", {
      "tokenizer.json": bpe,
      "tokenizer_config.json": { eos_token: { content: "<|stop|>" } },
    });
    expect([...(await loadTokenizer(configured)).encode("cat", 3)]).toEqual([4, 9, 9]);
  });
});

describe("what is no tokenizer is refused in one line", () => {
  const endless = { ...bpe, added_tokens: [], model: { type: "BPE", vocab: { a: 0 }, merges: [] } };
  it.each([
    ["missing", "neither bytes nor a tokenizer.json that is there", undefined],
    ["empty", "a folder without a tokenizer.json", {}],
    [
      "sentencepiece",
      "not JSON; a tokenizer is a Hugging Face tokenizer.json",
      { "tokenizer.json": "\x0a\x0e" },
    ],
    ["vocabulary", 'that has a "model" with a "vocab"', { "tokenizer.json": { a: 0 } }],
    ["endless", "no end token", { "tokenizer.json": endless }],
    [
      "unknown",
      "cannot be used: Unknown PreTokenizer type: Guess",
      { "tokenizer.json": { ...bpe, pre_tokenizer: { type: "Guess" } } },
    ],
    [
      "misconfigured",
      "not a tokenizer_config.json",
      { "tokenizer.json": bpe, "tokenizer_config.json": "[]" },
    ],
  ] as const)("%s", async (name, message, files) => {
    const path = files === undefined ? join(root, name) : folderWith(name, files);
    const refusal = await loadTokenizer(path).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(UserError);
    expect((refusal as UserError).message).toContain(message);
    expect((refusal as UserError).message).not.toContain("\n");
  });
});
