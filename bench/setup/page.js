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

  /** Somebody else of the room publishes `feed`. */
  published(handle, feed) {
    return this.#mailbox.next(({ sender, plugindata }) => sender === handle
      && plugindata?.data.publishers?.some(({ id }) => id === feed));
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

/** Made beforehand: rooms are not part of a set-up. */
async function createJanusRoom(url, room) {
  const janus = await Janus.open(url);
  await janus.message(await janus.attach(), {
    request: 'create', room, publishers: 10, bitrate: 100_000_000, fir_freq: 0, videocodec: 'vp8',
  });
  janus.close();
}

async function publishOnJanus(janus, handle, room, feed, track) {
  const pc = new RTCPeerConnection();
  janus.trickle(handle, pc);
  pc.addTransceiver(track, { direction: 'sendonly' });
  const offer = pc.setLocalDescription();
  await janus.message(handle, { request: 'join', ptype: 'publisher', room, id: feed });
  await offer;
  const reply = await janus.message(handle, { request: 'publish' }, pc.localDescription.toJSON());
  return { pc, settled: pc.setRemoteDescription(reply.jsep) };
}

async function viewOnJanus(janus, handle, room, feed) {
  const attached = await janus.message(handle, {
    request: 'join', ptype: 'subscriber', room, streams: [{ feed }],
  });
  const pc = new RTCPeerConnection();
  const first = decoded(pc);
  janus.trickle(handle, pc);
  await pc.setRemoteDescription(attached.jsep);
  await pc.setLocalDescription();
  janus.message(handle, { request: 'start', room }, pc.localDescription.toJSON()).catch(() => {});
  return { pc, first };
}

async function publishToJanus(url, room, track) {
  const janus = await Janus.open(url);
  const { settled } = await publishOnJanus(janus, await janus.attach(), room, 1, track);
  await settled;
  setInterval(() => janus.request({ janus: 'keepalive' }), 20_000);
}

async function watchJanus(url, room) {
  const start = performance.now();
  const janus = await Janus.open(url);
  const { pc, first } = await viewOnJanus(janus, await janus.attach(), room, 1);
  const time = await withTimeout(first, 'Janus') - start;
  pc.close();
  janus.close();
  return time;
}

/**
 * Both ends start at once. The viewer is in the room too, as everybody of a meeting is, to hear of
 * the feed: Janus lets nobody subscribe before the publisher's connection stands.
 */
async function callJanus(url, room, feed, track) {
  const start = performance.now();
  const viewing = (async () => {
    const janus = await Janus.open(url);
    const [member, handle] = await Promise.all([janus.attach(), janus.attach()]);
    const joined = await janus.message(member, { request: 'join', ptype: 'publisher', room });
    return { janus, member, handle, there: joined.plugindata.data.publishers };
  })();
  const publisher = await Janus.open(url);
  const publishing = publishOnJanus(publisher, await publisher.attach(), room, feed, track);
  const viewer = await viewing;
  if (!viewer.there.some(({ id }) => id === feed)) await viewer.janus.published(viewer.member, feed);
  const { pc, first } = await viewOnJanus(viewer.janus, viewer.handle, room, feed);
  const published = await publishing;
  const time = await withTimeout(first, 'Janus') - start;
  pc.close();
  published.pc.close();
  publisher.close();
  viewer.janus.close();
  return time;
}

// ---- Parley ---------------------------------------------------------------------------------------

async function joinParley(base, room, name) {
  const mailbox = new Mailbox(`${base.replace(/^http/, 'ws')}/ws`);
  await mailbox.opened;
  mailbox.send({ type: 'join', id: 1, room, name });
  return mailbox;
}

async function publishOnParley(mailbox, track) {
  const pc = new RTCPeerConnection();
  const transceiver = pc.addTransceiver(track, { direction: 'sendonly' });
  const offer = pc.setLocalDescription();
  const { participant } = await mailbox.next(({ type }) => type === 'joined');
  await offer;
  mailbox.send({
    type: 'offer',
    id: 2,
    connection: 'publisher',
    sdp: pc.localDescription.sdp,
    tracks: [{ mid: transceiver.mid, source: 'camera' }],
  });
  const answer = await mailbox.next(({ type }) => type === 'answer');
  return { pc, participant, settled: pc.setRemoteDescription({ type: 'answer', sdp: answer.sdp }) };
}

/** Answers every offer, as the page that Parley serves does. */
function viewOnParley(mailbox) {
  const pc = new RTCPeerConnection();
  const first = decoded(pc);
  (async () => {
    for (;;) {
      const offer = await mailbox.next(({ type }) => type === 'offer');
      await pc.setRemoteDescription({ type: 'offer', sdp: offer.sdp });
      await pc.setLocalDescription();
      mailbox.send({
        type: 'answer',
        connection: offer.connection,
        revision: offer.revision,
        sdp: pc.localDescription.sdp,
      });
    }
  })().catch(() => {});
  return { pc, first };
}

function leaveParley(mailbox, pc) {
  mailbox.send({ type: 'leave' });
  pc.close();
  mailbox.close();
}

async function publishToParley(base, room, track) {
  const { participant, settled } = await publishOnParley(await joinParley(base, room, 'publisher'), track);
  await settled;
  return participant;
}

async function watchParley(base, room) {
  const start = performance.now();
  const mailbox = await joinParley(base, room, 'viewer');
  const { pc, first } = viewOnParley(mailbox);
  const time = await withTimeout(first, 'Parley') - start;
  leaveParley(mailbox, pc);
  return time;
}

/** Both ends start at once. */
async function callParley(base, room, track) {
  const start = performance.now();
  const viewing = joinParley(base, room, 'viewer');
  const publisher = await joinParley(base, room, 'publisher');
  const publishing = publishOnParley(publisher, track);
  const viewer = await viewing;
  const { pc, first } = viewOnParley(viewer);
  const published = await publishing;
  const time = await withTimeout(first, 'Parley') - start;
  leaveParley(viewer, pc);
  leaveParley(publisher, published.pc);
  return time;
}

async function watchParleyByWhep(base, room, participant) {
  const start = performance.now();
  const pc = new RTCPeerConnection();
  const first = decoded(pc);
  pc.addTransceiver('video', { direction: 'recvonly' });
  await pc.setLocalDescription();
  const reply = await fetch(`${base}/whep/${room}/${participant}`, {
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

async function callInPage(track) {
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
  createJanusRoom,
  publishToJanus,
  watchJanus,
  callJanus,
  publishToParley,
  watchParley,
  watchParleyByWhep,
  callParley,
  callInPage,
};
