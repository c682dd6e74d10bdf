// Runs in the browser: the ways to a first decoded frame that are compared.

/** The time at which the first decoded frame of a receiver comes out. */
async function firstFrame(track) {
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
  const { value } = await reader.read();
  const at = performance.now();
  value.close();
  reader.cancel();
  return at;
}

function withTimeout(promise, what, ms = 10000) {
  return Promise.race([promise, new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`${what}: nothing in ${ms} ms`)), ms);
  })]);
}

/** Resolves with the time of the first frame that `pc` decodes. */
function decoded(pc) {
  return new Promise((resolve, reject) => {
    pc.addEventListener('track', ({ track }) => {
      if (track.kind === 'video') firstFrame(track).then(resolve, reject);
    });
  });
}

/** Messages of a WebSocket, looked for by a condition; none is lost between two waits. */
class Mailbox {
  #socket;
  #unread = [];
  #waiting = [];

  constructor(url, protocol) {
    this.#socket = new WebSocket(url, protocol);
    this.opened = new Promise((resolve, reject) => {
      this.#socket.onopen = resolve;
      this.#socket.onerror = () => reject(new Error(`no WebSocket at ${url}`));
    });
    this.#socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      const found = this.#waiting.findIndex(({ wanted }) => wanted(message));
      if (found < 0) this.#unread.push(message);
      else this.#waiting.splice(found, 1)[0].resolve(message);
    };
  }

  send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  next(wanted) {
    const found = this.#unread.findIndex(wanted);
    if (found >= 0) return Promise.resolve(this.#unread.splice(found, 1)[0]);
    return new Promise((resolve) => { this.#waiting.push({ wanted, resolve }); });
  }

  close() {
    this.#socket.close();
  }
}

// ---- Janus' VideoRoom, as its own janus.js talks to it -------------------------------------------

const janus_room = 1234;

class Janus {
  #mailbox;
  #session;
  #transactions = 0;

  static async open(url) {
    const janus = new Janus();
    janus.#mailbox = new Mailbox(url, 'janus-protocol');
    await janus.#mailbox.opened;
    janus.#session = (await janus.request({ janus: 'create' })).data.id;
    return janus;
  }

  /** The reply of the same transaction that is not an "ack". */
  async request(message) {
    const transaction = String(this.#transactions += 1);
    this.#mailbox.send({ ...message, transaction, session_id: this.#session });
    const reply = await this.#mailbox.next((one) => one.transaction === transaction
      && one.janus !== 'ack');
    if (reply.janus === 'error') throw new Error(`Janus: ${reply.error.reason}`);
    if (reply.plugindata?.data.error) throw new Error(`Janus: ${reply.plugindata.data.error}`);
    return reply;
  }

  async attach() {
    const reply = await this.request({ janus: 'attach', plugin: 'janus.plugin.videoroom' });
    return reply.data.id;
  }

  message(handle, body, jsep) {
    return this.request({ janus: 'message', handle_id: handle, body, ...(jsep && { jsep }) });
  }

  trickle(handle, pc) {
    pc.onicecandidate = ({ candidate }) => {
      this.#mailbox.send({
        janus: 'trickle',
        handle_id: handle,
        session_id: this.#session,
        transaction: String(this.#transactions += 1),
        candidate: candidate ?? { completed: true },
      });
    };
  }

  close() {
    this.#mailbox.send({ janus: 'destroy', session_id: this.#session, transaction: 'end' });
    this.#mailbox.close();
  }
}

async function publishToJanus(url, track) {
  const janus = await Janus.open(url);
  const handle = await janus.attach();
  await janus.message(handle, {
    request: 'create', room: janus_room, publishers: 1, bitrate: 100_000_000, fir_freq: 0, videocodec: 'vp8',
  });
  await janus.message(handle, { request: 'join', ptype: 'publisher', room: janus_room, id: 1 });
  const pc = new RTCPeerConnection();
  janus.trickle(handle, pc);
  pc.addTransceiver(track, { direction: 'sendonly' });
  await pc.setLocalDescription();
  const reply = await janus.message(handle, { request: 'publish' }, pc.localDescription.toJSON());
  await pc.setRemoteDescription(reply.jsep);
  setInterval(() => janus.request({ janus: 'keepalive' }), 20_000);
  return pc;
}

async function viewJanus(url) {
  const start = performance.now();
  const janus = await Janus.open(url);
  const handle = await janus.attach();
  const attached = await janus.message(handle, {
    request: 'join', ptype: 'subscriber', room: janus_room, streams: [{ feed: 1 }],
  });
  const pc = new RTCPeerConnection();
  const first = decoded(pc);
  janus.trickle(handle, pc);
  await pc.setRemoteDescription(attached.jsep);
  await pc.setLocalDescription();
  janus.message(handle, { request: 'start', room: janus_room }, pc.localDescription.toJSON())
    .catch(() => {});
  const time = await withTimeout(first, 'Janus') - start;
  pc.close();
  janus.close();
  return time;
}

// ---- Parley ---------------------------------------------------------------------------------------

async function joinParley(base, name) {
  const mailbox = new Mailbox(`${base.replace(/^http/, 'ws')}/ws`);
  await mailbox.opened;
  mailbox.send({ type: 'join', id: 1, room: 'bench', name });
  return mailbox;
}

async function publishToParley(base, track) {
  const mailbox = await joinParley(base, 'publisher');
  const { participant } = await mailbox.next(({ type }) => type === 'joined');
  const pc = new RTCPeerConnection();
  pc.addTransceiver(track, { direction: 'sendonly' });
  await pc.setLocalDescription();
  mailbox.send({
    type: 'offer', id: 2, connection: 'publisher', sdp: pc.localDescription.sdp,
    tracks: [{ mid: pc.getTransceivers()[0].mid, source: 'camera' }],
  });
  const answer = await mailbox.next(({ type }) => type === 'answer');
  await pc.setRemoteDescription({ type: 'answer', sdp: answer.sdp });
  return { pc, participant };
}

/** By the rooms protocol, as the page that Parley serves does. */
async function viewParley(base) {
  const start = performance.now();
  const mailbox = await joinParley(base, 'viewer');
  const pc = new RTCPeerConnection();
  const first = decoded(pc);
  const offer = await mailbox.next(({ type }) => type === 'offer');
  await pc.setRemoteDescription({ type: 'offer', sdp: offer.sdp });
  await pc.setLocalDescription();
  mailbox.send({
    type: 'answer', connection: offer.connection, revision: offer.revision, sdp: pc.localDescription.sdp,
  });
  const time = await withTimeout(first, 'Parley') - start;
  mailbox.send({ type: 'leave' });
  pc.close();
  mailbox.close();
  return time;
}

async function viewParleyByWhep(base, participant) {
  const start = performance.now();
  const pc = new RTCPeerConnection();
  const first = decoded(pc);
  pc.addTransceiver('video', { direction: 'recvonly' });
  await pc.setLocalDescription();
  const reply = await fetch(`${base}/whep/bench/${participant}`, {
    method: 'POST', headers: { 'Content-Type': 'application/sdp' }, body: pc.localDescription.sdp,
  });
  if (reply.status !== 201) throw new Error(`WHEP: ${reply.status} ${await reply.text()}`);
  await pc.setRemoteDescription({ type: 'answer', sdp: await reply.text() });
  const time = await withTimeout(first, 'WHEP') - start;
  pc.close();
  await fetch(new URL(reply.headers.get('Location'), base), { method: 'DELETE' });
  return time;
}

// ---- within the page ------------------------------------------------------------------------------

async function viewInPage(track) {
  const start = performance.now();
  const sender = new RTCPeerConnection();
  const receiver = new RTCPeerConnection();
  sender.onicecandidate = ({ candidate }) => receiver.addIceCandidate(candidate ?? undefined);
  receiver.onicecandidate = ({ candidate }) => sender.addIceCandidate(candidate ?? undefined);
  const first = decoded(receiver);
  sender.addTransceiver(track, { direction: 'sendonly' });
  await sender.setLocalDescription();
  await receiver.setRemoteDescription(sender.localDescription);
  await receiver.setLocalDescription();
  await sender.setRemoteDescription(receiver.localDescription);
  const time = await withTimeout(first, 'in the page') - start;
  sender.close();
  receiver.close();
  return time;
}

window.bench = {
  publishToJanus, viewJanus, publishToParley, viewParley, viewParleyByWhep, viewInPage,
};
