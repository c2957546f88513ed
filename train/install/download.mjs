// @ts-check
/** @file tfjs-node's own way to its library: the download in its install script. */
import { readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { request as secureRequest } from "node:https";
import { delimiter, join } from "node:path";
import { works } from "./addon.mjs";
import { reasonIn, run, say } from "./process.mjs";

const MINUTE = 60_000;
const PROBE = 5000;

/**
 * Where tfjs-node downloads from, by the variables its install script reads and else by its manifest.
 *
 * @param {string} folder of tfjs-node
 */
function downloadHost(folder) {
  for (const name of ["TFJS_NODE_BASE_URI", "TFJS_NODE_CDN_STORAGE", "CDN_STORAGE"]) {
    const host = process.env[name] ?? process.env[`npm_config_${name}`];
    if (host) return host;
  }
  /** @type {{ binary: { host: string } }} */
  const { binary } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return binary.host;
}

/** The proxy that tfjs-node's install script would use. */
function proxy() {
  const { HTTPS_PROXY, https_proxy, HTTP_PROXY, http_proxy } = process.env;
  return HTTPS_PROXY || https_proxy || HTTP_PROXY || http_proxy;
}

/**
 * Whether a host answers through a proxy; Node's fetch knows no proxies.
 *
 * @param {URL} host
 * @param {URL} through
 * @returns {Promise<boolean>}
 */
function answersThroughProxy(host, through) {
  const { username, password } = through;
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  return new Promise((resolve) => {
    const attempt = (through.protocol === "https:" ? secureRequest : request)({
      host: through.hostname,
      port: through.port || (through.protocol === "https:" ? 443 : 80),
      method: "CONNECT",
      path: `${host.hostname}:${host.port || (host.protocol === "https:" ? 443 : 80)}`,
      headers: username ? { "Proxy-Authorization": `Basic ${credentials.toString("base64")}` } : {},
      signal: AbortSignal.timeout(PROBE),
    });
    attempt.on("connect", ({ statusCode }, socket) => {
      socket.destroy();
      resolve(statusCode === 200);
    });
    attempt.on("response", (response) => {
      response.destroy();
      resolve(false);
    });
    attempt.on("error", () => resolve(false));
    attempt.end();
  });
}

/**
 * Whether the host that tfjs-node downloads from answers at all, within seconds.
 *
 * @param {string} folder of tfjs-node
 * @returns {Promise<boolean>}
 */
export async function downloadAnswers(folder) {
  try {
    const host = new URL(downloadHost(folder));
    const through = proxy();
    if (through) return await answersThroughProxy(host, new URL(through));
    await fetch(host, { method: "HEAD", signal: AbortSignal.timeout(PROBE) });
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs tfjs-node's install script.
 *
 * @param {string} folder of tfjs-node
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Promise<string | undefined>} why it failed
 */
export async function download(folder, environment) {
  say("downloading TensorFlow's library for tfjs-node (at most ten minutes) …");
  // It takes the half of a library that an interrupted download left for a whole one.
  rmSync(join(folder, "deps"), { recursive: true, force: true });
  // It runs node-pre-gyp by its name alone.
  const bin = join(folder, "..", "..", ".bin");
  const { output } = await run(process.execPath, ["scripts/install.js"], {
    cwd: folder,
    env: { ...environment, PATH: `${bin}${delimiter}${process.env.PATH}` },
    timeout: 10 * MINUTE,
  });
  return (await works(folder)) ? undefined : reasonIn(output);
}
