// Runs in the page before its own scripts: keeps the connections that it makes within a test's reach.

/** `window.spied`: { sockets, connections }, in the order in which they were made. */
export function spyOnConnections() {
  const spied = { sockets: [], connections: [] };
  window.spied = spied;
  const { WebSocket: RealSocket, RTCPeerConnection: RealConnection } = window;
  window.WebSocket = class extends RealSocket {
    constructor(...args) {
      super(...args);
      spied.sockets.push(this);
    }
  };
  window.RTCPeerConnection = class extends RealConnection {
    constructor(...args) {
      super(...args);
      spied.connections.push(this);
    }
  };
}
