/** @file The profile of this computer with a backend. */
import { hardwareNames, loadHardware } from "../../sim/hardware.js";
import { backendOf } from "../../sim/host.js";
import { HOST } from "./staleHost.js";

/** Its name; undefined where there is none: one of another backend says nothing of this one's memory and time. */
export function hostOn(backend: string): string | undefined {
  const names = hardwareNames();
  return [HOST, `${HOST}-${backend}`]
    .filter((name) => names.includes(name))
    .find((name) => {
      const profile = loadHardware(name);
      return profile.kind === "host" && backendOf(profile) === backend;
    });
}
