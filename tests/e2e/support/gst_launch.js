// gst-launch-1.0 with the plugin of a build folder.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

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

/** A folder for sockets and the like, gone with the process. */
export function scratchFolder() {
  const folder = mkdtempSync(path.join(tmpdir(), 'parley-e2e-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const registry = path.join(scratchFolder(), 'registry.bin');

export class GstLaunch {
  /** What it has printed: the last 200,000 characters. */
  output = '';
  #process;

  /** `words`: as a shell would give them. `onData`: gets what it writes to fd 1, which is then no output. */
  constructor(words, { onData, program = 'gst-launch-1.0' } = {}) {
    this.#process = spawn(program, words, {
      env: {
        ...process.env,
        GST_PLUGIN_PATH: path.join(buildFolder(), 'plugins'),
        GST_REGISTRY: registry,
        PARLEY_DATA_DIR: root,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const note = (data) => { this.output = (this.output + data).slice(-200_000); };
    this.#process.stdout.on('data', onData ?? note);
    this.#process.stderr.on('data', note);
  }

  get pid() {
    return this.#process.pid;
  }

  get running() {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Ends the process as Ctrl-C does; fails where that takes long or goes wrong. */
  async interrupt() {
    await this.#end('SIGINT');
  }

  async kill() {
    await this.#end('SIGKILL');
  }

  async #end(signal) {
    const child = this.#process;
    const exited = once(child, 'exit');
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), 10000);
    const [code, by] = await exited;
    clearTimeout(late);
    if (signal === 'SIGINT' && code !== 0) {
      throw new Error(`${child.spawnfile} ended with ${by ?? code} on Ctrl-C:\n${this.output.slice(-4000)}`);
    }
  }
}

/** The same with `parley run`: words are a pipeline's name and its variables. */
export class ParleyRun extends GstLaunch {
  constructor(words) {
    super(['run', ...words], { program: path.join(buildFolder(), 'tools', 'parley') });
  }
}
