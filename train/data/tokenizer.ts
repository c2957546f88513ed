/** @file stub until the real one is merged. */
export interface Tokenizer {
  readonly name: string;
  readonly vocabulary: number;
  readonly encode: (text: string, length: number) => Int32Array;
}
export const bytesTokenizer: Tokenizer = {
  name: "bytes",
  vocabulary: 257,
  encode: (text, length) => {
    const ids = new Int32Array(length).fill(256);
    ids.set(Buffer.from(text.toLowerCase()).subarray(0, length - 1));
    return ids;
  },
};
export async function loadTokenizer(name: string): Promise<Tokenizer> {
  if (name === "bytes") return bytesTokenizer;
  throw new Error(name);
}
