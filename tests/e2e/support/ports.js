// Ports that nobody uses.
import dgram from 'node:dgram';
import net from 'node:net';

const listen = (socket, bind) => new Promise((resolve, reject) => {
  socket.once('error', reject);
  bind(() => resolve(socket.address().port));
});

export async function freeTcpPort() {
  const server = net.createServer();
  const port = await listen(server, (done) => server.listen(0, '127.0.0.1', done));
  await new Promise((done) => server.close(done));
  return port;
}

/** A port that is free for UDP and for TCP. */
export async function freeMediaPort() {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const socket = dgram.createSocket('udp4');
    const port = await listen(socket, (done) => socket.bind(0, '0.0.0.0', done));
    const server = net.createServer();
    const free = await listen(server, (done) => server.listen(port, '0.0.0.0', done)).catch(() => 0);
    await new Promise((done) => socket.close(done));
    if (free) {
      await new Promise((done) => server.close(done));
      return port;
    }
  }
  throw new Error('found no port that is free for UDP and TCP');
}
