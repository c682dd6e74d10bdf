// Starts the product under test.
import path from 'node:path';
import { GstLaunch, buildFolder, root, scratchFolder } from './gst_launch.js';
import { freeMediaPort, freeTcpPort } from './ports.js';
import { until } from './wait.js';

export { buildFolder, root };

export class Server {
  port = 0;
  mediaPort = 0;
  #signaling;
  #sfu;
  #launched = null;

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

  /** One that pipelines of other processes can reach by `tapUri`. */
  static async startWithTaps(options = {}) {
    const socket = path.join(scratchFolder(), 'tap');
    const server = await Server.start({ ...options, sfu: [`tap-socket=${socket}`, ...(options.sfu ?? [])] });
    server.tapUri = `unix:${socket}`;
    return server;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid() {
    return this.#launched?.pid;
  }

  get output() {
    return this.#launched?.output ?? '';
  }

  /** Starts the process, on the same ports as before. */
  async run() {
    this.#launched = new GstLaunch([
      'rtcsignaling', `listen=127.0.0.1:${this.port}`, `web-root=${path.join(root, 'web')}`, ...this.#signaling,
      'rtcsfu', `port=${this.mediaPort}`, ...this.#sfu,
    ]);
    await until('the server is ready', async () =>
      !this.#launched.running || (await fetch(`${this.url}/readyz`)).ok);
    if (!this.#launched.running) throw new Error(`the server ended:\n${this.output}`);
  }

  /** Ends the process as Ctrl-C does; fails where that takes long or goes wrong. */
  async interrupt() {
    await this.#launched.interrupt();
  }

  async kill() {
    await this.#launched.kill();
  }

  async stop() {
    if (this.#launched?.running) await this.interrupt();
  }
}
