// An emulated network between browsers and the server: tests/tools/netem_relay of the build.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { buildFolder } from './server.js';
import { until } from './wait.js';

export class Relay {
  port = 0;
  #process;
  #lines = [];

  /** Relays to the media port `to`. `conditions`: its options, e.g. ['--loss', '10']. */
  static async start({ to, seed = 1, conditions = [] }) {
    const relay = new Relay();
    relay.#process = spawn(
      path.join(buildFolder(), 'tests', 'tools', 'netem-relay'),
      ['--listen', '127.0.0.1:0', '--to', `127.0.0.1:${to}`, '--seed', seed, ...conditions],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    let rest = '';
    relay.#process.stdout.on('data', (data) => {
      const lines = (rest + data).split('\n');
      rest = lines.pop();
      relay.#lines.push(...lines);
    });
    await once(relay.#process, 'spawn');
    const first = await until('the relay listens', () => relay.#lines.shift());
    relay.port = Number(/listening on .*:(\d+)$/.exec(first)[1]);
    return relay;
  }

  /** Changes the conditions: a line of tests/tools/netem_conditions.hpp, e.g. 'block'. */
  async tell(line) {
    this.#process.stdin.write(`${line}\n`);
    const reply = await until(`the relay takes "${line}"`, () => this.#lines.shift());
    if (reply !== 'ok') throw new Error(`the relay says: ${reply}`);
  }

  /** Ends it; gives its counters. */
  async stop() {
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await exited;
    return JSON.parse(this.#lines.at(-1));
  }
}
