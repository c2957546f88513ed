/** @file What lies where in a tar file, found by reading it once from beginning to end. */
import { createReadStream } from "node:fs";
import { extract } from "tar-stream";
import { UserError } from "../../src/units/userError.js";
import type { FilePart } from "./decode.js";

export interface TarMember extends FilePart {
  readonly name: string;
  /** Of members that were wanted whole. */
  readonly content?: Buffer;
}

/** Every member has one such block before its bytes. */
const HEADER_BYTES = 512;

/** Read at a time: shards are hundreds of megabytes, of which most is only passed over. */
const READ_BYTES = 1 << 20;

/** The chunks are bytes, which the library does not declare. */
async function contentOf(member: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of member) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

/** tar-stream's words for a file that ends early, and what they mean to a person. */
const ENDS_EARLY = "Unexpected end of data";

function failure(path: string, error: unknown): UserError {
  const words = error instanceof Error ? error.message.replaceAll(/\s+/g, " ").trim() : String(error);
  return new UserError(
    words === ENDS_EARLY
      ? `${path}: truncated: it ends in the middle of a file; copy it again, or leave it out`
      : `${path}: not a whole tar file: ${words}`,
  );
}

/**
 * The files in a tar file, in its order, with the content of those that `wants` names.
 *
 * @throws UserError when it cannot be read, is truncated, or is no tar file
 */
export async function* tarMembers(
  path: string,
  wants: (name: string) => boolean,
  onBytes: (bytes: number) => void = () => {},
): AsyncGenerator<TarMember, undefined> {
  const file = createReadStream(path, { highWaterMark: READ_BYTES });
  const members = extract();
  file.on("data", (chunk) => onBytes(chunk.length));
  file.on("error", (error) => members.destroy(error));
  file.pipe(members as unknown as NodeJS.WritableStream);
  try {
    for await (const member of members) {
      const { name, size, type } = member.header;
      const isWanted = type === "file" && wants(name);
      const content = isWanted ? await contentOf(member) : undefined;
      if (!isWanted) member.resume();
      if (type !== "file") continue;
      yield { name, start: member.offset + HEADER_BYTES, size, ...(content && { content }) };
    }
  } catch (error) {
    throw failure(path, error);
  } finally {
    file.destroy();
    members.destroy();
  }
  return undefined;
}
