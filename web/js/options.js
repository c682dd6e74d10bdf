// What the page's address asks for. Kiosks and tests join by `?room=x&name=y&autojoin=1`.

const codecs = ['VP8', 'VP9', 'H264', 'AV1', 'H265'];

/** Reads the options from a query string; unknown or malformed ones fall back to the default. */
export function readOptions(search) {
  const query = new URLSearchParams(search);
  const enabled = (name, fallback) => (query.has(name) ? query.get(name) !== '0' : fallback);
  const codec = (query.get('codec') ?? '').toUpperCase();
  return Object.freeze({
    room: roomName(query.get('room') ?? ''),
    name: (query.get('name') ?? '').trim().slice(0, 64),
    token: query.get('token') ?? '',
    autojoin: enabled('autojoin', false),
    camera: enabled('camera', true), // start with the camera on
    microphone: enabled('microphone', true), // start with the microphone on
    simulcast: enabled('simulcast', true), // send the camera in several sizes
    processing: enabled('processing', true), // echo cancellation, noise suppression, gain control
    codec: codecs.includes(codec) ? codec : '', // publish video with this codec only
    transport: query.get('transport') === 'tcp' ? 'tcp' : '', // use the server's TCP candidates only
  });
}

/** The nearest valid room name: 1 to 64 letters, digits, "-", "_" or "."; may come out empty. */
export function roomName(text) {
  return text
    .trim()
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/\s+/g, '-')
    .replace(/[^A-Za-z0-9._-]/g, '')
    .slice(0, 64);
}
