/** @file Profiles as people write them: in a file or an object, whole or from a base; and one line for each mistake. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { defineHardware, type HardwareDefinition, hardware } from "../../sim/defineHardware.js";
import * as simulator from "../../sim/fit.js";
import {
  type AcceleratorProfile,
  hardwareNames,
  loadHardware,
  parseProfile,
  saveHardware,
} from "../../sim/hardware.js";
import { predict } from "../../sim/predict.js";
import { packagePath } from "../../src/packagePath.js";
import { refusal } from "../refusal.js";

const folder = mkdtempSync(join(tmpdir(), "willfit-profiles-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const shippedText = (name: string) => readFileSync(packagePath(`hardware-profiles/${name}.json`), "utf8");
const v4 = loadHardware("tpu-v4x4") as AcceleratorProfile;
const query = { model: "vit-s16", modelOptions: { depth: 2 }, globalBatch: 1024, plan: {} };
const sourced = (value: number) => ({ value, source: "what if" });

/** A file of its own, and its path. */
let files = 0;
function fileOf(profile: object | string): string {
  const path = join(folder, `chip-${files++}.json`);
  writeFileSync(path, typeof profile === "string" ? profile : JSON.stringify(profile));
  return path;
}

it.each(hardwareNames())("%s reads like any person's file, and has no name twice", (name) => {
  expect(parseProfile(name, `${name}.json`, shippedText(name))).toEqual(loadHardware(name));
});

describe("a file that is named by its path", () => {
  it("is a machine like any other, called by that path, of which nothing was compared", () => {
    const path = fileOf(shippedText("tpu-v4x4"));
    const { hardware: name, confidence, ...prediction } = predict({ ...query, hardware: path });
    const { hardware: _, confidence: _v4, ...onV4 } = predict({ ...query, hardware: "tpu-v4x4" });
    expect(prediction).toEqual(onV4);
    expect(name).toBe(path);
    expect(confidence.time).toEqual({
      errorPercent: null,
      basis: `not validated: no step has been compared on ${path}`,
    });
  });

  it("says what differs from a base", () => {
    const path = fileOf({
      base: "tpu-v4x4",
      memoryBytes: sourced(64 * 2 ** 30),
      usableMemoryBytes: sourced(62 * 2 ** 30),
    });
    const { compiler: _, ...kept } = v4;
    expect(loadHardware(path)).toEqual({
      ...kept,
      name: path,
      base: "tpu-v4x4",
      description: "tpu-v4x4 with another memoryBytes, usableMemoryBytes",
      memoryBytes: sourced(64 * 2 ** 30),
      usableMemoryBytes: sourced(62 * 2 ** 30),
    });
  });

  it("has a base beside it", () => {
    const of = { base: "tpu-v4x4", description: "faster", clockHertz: sourced(2e9) };
    writeFileSync(join(folder, "first.json"), JSON.stringify(of));
    const path = fileOf({ base: "first.json", issueSeconds: sourced(1e-7) });
    expect(loadHardware(path)).toMatchObject({ clockHertz: sourced(2e9), issueSeconds: sourced(1e-7) });
  });

  it("is not derived from itself", () => {
    writeFileSync(join(folder, "hen.json"), JSON.stringify({ base: "egg.json" }));
    writeFileSync(join(folder, "egg.json"), JSON.stringify({ base: "hen.json" }));
    expect(refusal(() => loadHardware(join(folder, "hen.json")))).toContain("is derived from itself");
  });

  it("has a constant of its own although the base's was measured", () => {
    const constant = "tapRegisterCycles.channelsInLanes";
    const v3 = loadHardware("tpu-v3-8") as AcceleratorProfile;
    expect(v3.measured.map((it) => it.constant)).toContain(constant);
    const path = fileOf({ base: "tpu-v3-8", tapRegisterCycles: { channelsInLanes: sourced(0.5) } });
    const { measured } = loadHardware(path) as AcceleratorProfile;
    expect(measured).toEqual(v3.measured.filter((it) => it.constant !== constant));
  });

  it("need not be there", () => {
    expect(refusal(() => loadHardware("no/such/chip.json"))).toBe(
      "could not read no/such/chip.json: ENOENT: no such file or directory",
    );
    expect(refusal(() => loadHardware(fileOf({ base: "nowhere.json" })))).toMatch(
      /\.json:1:9: base: could not read .*nowhere\.json: ENOENT/,
    );
  });
});

describe("a mistake is told with its line and column, and what would be right", () => {
  const text = shippedText("tpu-v4x4");
  const with_ = (before: string, after: string) => {
    expect(text).toContain(before);
    return text.replace(before, after);
  };
  const derived = (changes: object) => JSON.stringify({ base: "tpu-v4x4", ...changes });

  it.each([
    [with_('"matrixUnits"', '"matrixUnitz"'), "14:3: matrixUnitz: unknown; did you mean matrixUnits?"],
    [with_('"matrix"', '"matrices"'), "43:5: efficiency.matrices: unknown; did you mean matrix?"],
    [with_("0.923", "1.5"), "44:16: efficiency.matrix.value: 1.5 is too much: 1 is the most"],
    [with_("0.923", '"high"'), '44:16: efficiency.matrix.value: "high": a number belongs here'],
    [with_("0.923", "-0.9"), "44:16: efficiency.matrix.value: -0.9 is too small"],
    [with_("0.923", "1e999"), "44:16: efficiency.matrix.value: Infinity: a number belongs here"],
    [with_("0.923", "NaN"), "44:16: not JSON: "],
    [with_("1050000000.0", "1.05"), "11:14: clockHertz.value: 1.05 is too small: 1000000 is the least"],
    [with_('"kind": "tpu"', '"kind": "tpus"'), '2:11: kind: "tpus": one of tpu, gpu, host belongs here'],
    [with_('"kind": "tpu",', ""), "1:1: kind: missing: one of tpu, gpu, host belongs here"],
    [with_('"native"', '"natve"'), '"natve": did you mean native?'],
    [with_('"devices": 4', '"devices": 4.5'), "4:14: devices: 4.5: a whole number belongs here"],
    [with_('"devices": 4', '"devices": 4, "devices": 8'), '4:17: "devices" is given twice; leave one'],
    [with_('"description":', '"description"'), "3:17: not JSON: "],
    [text.slice(0, 900), "35:6: not JSON: "],
    [text.trimEnd().slice(0, -1), ":162:1: not JSON: "],
    ["", "1:1: not JSON: "],
    ["[".repeat(5000), "1:5001: not JSON: "],
    [`${"[".repeat(500)}${"]".repeat(500)}`, "1:1: nested deeper than 100"],
    ["[1]", "1:1: the profile: [1]: an object with the machine's constants belongs here"],
    [derived({ base: 3 }), "1:9: base: 3: the name of a profile belongs here"],
    [derived({ base: "tpu-v4" }), '1:9: base: unknown hardware "tpu-v4"; did you mean tpu-v4x4?'],
    [derived({ clockHertz: 2e9 }), '1:33: clockHertz: 2000000000: a constant is written {"value"'],
    [derived({ clockHertz: { value: 2e9 } }), "1:33: clockHertz.source: missing: a text belongs here"],
    [
      derived({ memoryBytes: sourced(2 ** 36) }),
      "memoryBytes: another than its base's: say usableMemoryBytes",
    ],
    [
      derived({ usableMemoryBytes: sourced(2 ** 36) }),
      "68719476736 is more than memoryBytes has, 34359738368",
    ],
    [
      derived({ devices: 3, devicesPerChip: sourced(2) }),
      "devices: 3 is not a multiple of devicesPerChip, 2",
    ],
    [derived({ overlapExponent: sourced(0.5) }), "overlapExponent.value: 0.5 is too small: 1 is the least"],
    [
      derived({ measured: [{ constant: "efficiency.matrix", value: 2, source: "x", rows: ["x"] }] }),
      "measured.0.value: 2 can be no efficiency.matrix: Too big: expected number to be <=1",
    ],
    [
      derived({ measured: [{ constant: "clock", value: 2, source: "x", rows: ["x"] }] }),
      "measured.0.constant",
    ],
    [JSON.stringify({ base: "host", seconds: { add: 1 } }), "seconds.add: 1: an object belongs here"],
    [with_("{", '{"__proto__": {"kind": "gpu"},'), "1:2: __proto__: unknown"],
  ])("%#", (written, message) => {
    const path = fileOf(written);
    const said = refusal(() => loadHardware(path));
    expect(said).toContain(message);
    expect(said).toMatch(/^[^:]+\.json:\d+:\d+: /);
  });

  it("of additions that take no time", () => {
    const host = JSON.parse(shippedText("host")) as { seconds: Record<string, unknown> };
    delete host.seconds.add;
    expect(refusal(() => loadHardware(fileOf(host)))).toContain("seconds.add: additions take no time");
  });
});

describe("names", () => {
  it("do not lead out of the folders of profiles", () => {
    for (const name of ["../../x", "../hardware-profiles/tpu-v4x4", "/etc/hostname", ".", "", "a b"])
      expect(refusal(() => loadHardware(name))).toContain(`unknown hardware "${name}"`);
    expect(refusal(() => saveHardware({ ...v4, name: "../../x" }))).toContain("../../x: not letters");
  });

  it("are those of the record, each with its profile", () => {
    expect(Object.keys(hardware)).toEqual(hardwareNames());
    expect(hardware["tpu-v3-8"]).toBe(loadHardware("tpu-v3-8"));
    expect(hardware["tpu-v9"]).toBeUndefined();
  });
});

describe("a machine that is defined in a program", () => {
  const larger = defineHardware({
    name: "larger",
    base: "tpu-v4x4",
    memoryBytes: sourced(64 * 2 ** 30),
    usableMemoryBytes: sourced(62 * 2 ** 30),
  });

  it("has room for more, and is advised of like the others", () => {
    const asked = { ...query, modelOptions: {}, globalBatch: 16_384 };
    const onV4 = simulator.fit({ ...asked, hardware: "tpu-v4x4" });
    const onLarger = simulator.fit({ ...asked, hardware: larger });
    expect(onLarger.memory.capacityBytes).toBe(62 * 2 ** 30);
    expect(onLarger.hardware).toBe("larger");
    expect(onLarger.largestBatch).toBeGreaterThan(1.9 * onV4.largestBatch);
    expect(onLarger.chips).toContainEqual({ hardware: "larger", devices: 8, chips: 8 });
  });

  it("may be whole", () => {
    const { name: _, ...all } = v4;
    expect(defineHardware({ ...all, name: "copy" })).toEqual({ ...v4, name: "copy" });
    expect(defineHardware({ ...larger, name: "again" })).toEqual({ ...larger, name: "again" });
  });

  it("goes by no other's name, and is checked however it was made", () => {
    const ask = (profile: AcceleratorProfile) => refusal(() => predict({ ...query, hardware: profile }));
    expect(predict({ ...query, hardware: structuredClone(v4) }).hardware).toBe("tpu-v4x4");
    expect(ask({ ...v4, clockHertz: sourced(2e9) })).toContain(
      'profile tpu-v4x4: not what willfit has by this name; defineHardware({ ...profile, name: "my-tpu-v4x4" })',
    );
    expect(ask({ ...v4, name: "mine", clockHertz: sourced(2) })).toBe(
      "profile mine: clockHertz.value: 2 is too small: 1000000 is the least",
    );
    expect(predict({ ...query, hardware: { ...v4, name: "mine" } }).confidence.time.errorPercent).toBeNull();
  });

  it("is refused with its name", () => {
    const define = (changes: object) =>
      refusal(() => defineHardware({ name: "mine", base: "tpu-v4x4", ...changes } as HardwareDefinition));
    expect(define({ clockHertz: sourced(Number.NaN) })).toBe(
      "defineHardware mine: clockHertz.value: NaN: a number belongs here",
    );
    expect(define({ clockHerz: sourced(1e9) })).toContain(
      "defineHardware mine: clockHerz: unknown; did you mean",
    );
    expect(define({ name: "tpu-v4x4" })).toContain("tpu-v4x4 is a profile that there is");
    expect(define({ name: "a/b" })).toContain("name a/b: not letters");
    expect(define({ name: "mine.json" })).toContain("name mine.json: not letters");
  });
});
