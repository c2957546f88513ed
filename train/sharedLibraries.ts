/**
 * @file Shared libraries that cannot be used: where loading one would end the process, it is an error before that.
 */
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { join } from "node:path";

const require = createRequire(import.meta.url);

/** `lib.so`, `lib.so.2`, and node's addons. */
const LIBRARY = /\.(node|so(\.\d+)*)$/;

/** The first bytes of an ELF file of 64 bits, low bytes first: all that Node runs on under Linux, but for old ones. */
const ELF64 = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
const HEADER_BYTES = 64;

/** Where fields lie, in the file's header and in a program header: elf(5). */
const PROGRAM_HEADERS_AT = 32;
const [PROGRAM_HEADER_BYTES, PROGRAM_HEADER_COUNT] = [54, 56];
const [SEGMENT_AT, SEGMENT_BYTES] = [8, 32];

/** Bytes that an ELF file has at least, by its headers; 0 of any other file. */
function promisedBytes(file: number): number {
  const read = (length: number, at: number) => {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, at));
  };
  const header = read(HEADER_BYTES, 0);
  if (header.length < HEADER_BYTES || !header.subarray(0, ELF64.length).equals(ELF64)) return 0;
  const start = Number(header.readBigUInt64LE(PROGRAM_HEADERS_AT));
  const size = header.readUInt16LE(PROGRAM_HEADER_BYTES);
  const count = header.readUInt16LE(PROGRAM_HEADER_COUNT);
  const end = start + size * count;
  const headers = read(size * count, start);
  if (headers.length < size * count) return end;
  const ends = Array.from({ length: count }, (_, i) => {
    const segment = headers.subarray(i * size);
    return Number(segment.readBigUInt64LE(SEGMENT_AT) + segment.readBigUInt64LE(SEGMENT_BYTES));
  });
  return Math.max(end, ...ends);
}

/**
 * Looks at the libraries in a folder and below it. Linux maps what a library's headers promise, and ends a process that gets to
 * what is not there, as after a copy that was broken off.
 *
 * @throws Error naming the first that is cut off
 */
export function checkLibraries(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder, { recursive: true }) as string[]) {
    const path = join(folder, name);
    // A link to nowhere is the loader's to tell.
    if (!LIBRARY.test(name) || !existsSync(path)) continue;
    const file = openSync(path, "r");
    try {
      if (fstatSync(file).size < promisedBytes(file)) throw new Error(`${path} is cut off`);
    } finally {
      closeSync(file);
    }
  }
}

/**
 * Loads a package whose addon calls a library. All that it calls is looked for now: what is missing from another library than the
 * addon was made for would end the process when it is called first.
 *
 * @throws whatever the package throws, or the system's loader
 */
export function requireBound(name: string): void {
  const extensions = require.extensions;
  const load = extensions[".node"];
  extensions[".node"] = (module, path) => process.dlopen(module, path, constants.dlopen.RTLD_NOW);
  try {
    require(name);
  } finally {
    extensions[".node"] = load;
  }
}
