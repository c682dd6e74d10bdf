// Starts the product under test: gst-launch-1.0 with the plugin of a build folder.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freeMediaPort, freeTcpPort } from './ports.js';
import { until } from './wait.js';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The build folder: PARLEY_BUILD, or the one in build/ whose plugin is newest. */
export function buildFolder() {
  const plugin = (folder) => path.join(folder, 'plugins', 'libgstparley.so');
  if (process.env.PARLEY_BUILD) {
    const folder = path.resolve(root, process.env.PARLEY_BUILD);
    if (!existsSync(plugin(folder))) throw new Error(`PARLEY_BUILD: there is no ${plugin(folder)}`);
    return folder;
  }
  const parent = path.join(root, 'build');
  const candidates = [parent, ...(existsSync(parent) ? readdirSync(parent) : []).map((name) => path.join(parent, name))];
  const built = candidates.filter((folder) => existsSync(plugin(folder)));
  built.sort((a, b) => statSync(plugin(b)).mtimeMs - statSync(plugin(a)).mtimeMs);
  if (built.length === 0) throw new Error('no build found: build the plugin first, or set PARLEY_BUILD');
  return built[0];
}

export class Server {
  port = 0;
  mediaPort = 0;
  output = '';
  #signaling;
  #sfu;
  #process = null;
  #scratch = mkdtempSync(path.join(tmpdir(), 'parley-e2e-'));

  /** `signaling` and `sfu`: more properties of the two elements, as gst-launch words. */
  static async start({ signaling = [], sfu = [], mediaPort = 0 } = {}) {
    const server = new Server();
    server.#signaling = signaling;
    server.#sfu = sfu;
    server.port = await freeTcpPort();
    server.mediaPort = mediaPort || (await freeMediaPort());
    await server.run();
    return server;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid() {
    return this.#process?.pid;
  }

  /** Starts the process, on the same ports as before. */
  async run() {
    this.#process = spawn(
      'gst-launch-1.0',
      [
        'rtcsignaling', `listen=127.0.0.1:${this.port}`, `web-root=${path.join(root, 'web')}`, ...this.#signaling,
        'rtcsfu', `port=${this.mediaPort}`, ...this.#sfu,
      ],
      {
        env: {
          ...process.env,
          GST_PLUGIN_PATH: path.join(buildFolder(), 'plugins'),
          GST_REGISTRY: path.join(this.#scratch, 'registry.bin'),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.on('data', (data) => { this.output = (this.output + data).slice(-200_000); });
    }
    await until('the server is ready', async () =>
      this.#process.exitCode !== null || (await fetch(`${this.url}/readyz`)).ok);
    if (this.#process.exitCode !== null) throw new Error(`the server ended:\n${this.output}`);
  }

  /** Ends the process as Ctrl-C does; fails where that takes long or goes wrong. */
  async interrupt() {
    await this.#end('SIGINT');
  }

  async kill() {
    await this.#end('SIGKILL');
  }

  async stop() {
    try {
      if (this.#process && this.#process.exitCode === null && this.#process.signalCode === null) {
        await this.interrupt();
      }
    } finally {
      rmSync(this.#scratch, { recursive: true, force: true });
    }
  }

  async #end(signal) {
    const child = this.#process;
    const exited = once(child, 'exit');
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), 10000);
    const [code, by] = await exited;
    clearTimeout(late);
    if (signal === 'SIGINT' && code !== 0) {
      throw new Error(`the server ended with ${by ?? code} on Ctrl-C:\n${this.output.slice(-4000)}`);
    }
  }
}
