// Runs the browser tests: `npm run e2e [-- FILE...]`.
// As root they run in a network namespace of their own: one veth pair, a default route and no way
// out, so that nothing of the browsers leaves the machine, and so that Firefox, which offers no
// loopback addresses, can meet the server. Otherwise they run as they are, without Firefox.
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const name = `parley-e2e-${process.pid}`;
const address = '10.77.0.1/24';
const gateway = '10.77.0.254';

const ip = (...words) => execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });

function makeNamespace() {
  ip('netns', 'add', name);
  ip('-n', name, 'link', 'set', 'lo', 'up');
  ip('-n', name, 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1');
  // No address that comes by itself a second later: a browser that loads a page at that moment takes
  // it for a change of the network, and gives up (ERR_NETWORK_CHANGED).
  for (const link of ['v0', 'v1']) ip('-n', name, 'link', 'set', link, 'addrgenmode', 'none');
  ip('-n', name, 'addr', 'add', address, 'dev', 'v0');
  ip('-n', name, 'link', 'set', 'v0', 'up');
  ip('-n', name, 'link', 'set', 'v1', 'up');
  ip('-n', name, 'route', 'add', 'default', 'via', gateway, 'dev', 'v0');
}

const chosen = process.argv.slice(2).map((file) => path.resolve(file));
const files = chosen.length > 0
  ? chosen
  : readdirSync(here).filter((file) => file.endsWith('.test.js')).sort().map((file) => path.join(here, file));

let command = [process.execPath, '--test', '--test-concurrency=1', '--test-reporter=spec', ...files];
let env = process.env;
let namespace = false;
if (process.getuid() === 0) {
  try {
    makeNamespace();
    namespace = true;
    command = ['ip', 'netns', 'exec', name, ...command];
    env = { ...env, PARLEY_E2E_NETNS: name };
  } catch (error) {
    console.error(`no network namespace (${error.stderr ?? error.message}); going on without Firefox`);
  }
}

const child = spawn(command[0], command.slice(1), { stdio: 'inherit', env });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => {
  if (namespace) ip('netns', 'del', name);
  process.exitCode = code ?? 1;
});
