// Watching by WHEP, from within a page.

/** In the page: watches `path` by WHEP; its pictures and sounds are `window.extra`'s. */
export async function watch(path) {
  const connection = new RTCPeerConnection();
  const video = document.createElement('video');
  const audio = document.createElement('audio');
  video.muted = true;
  window.extra = { video };
  connection.ontrack = ({ track }) => {
    const element = track.kind === 'video' ? video : audio;
    element.srcObject = new MediaStream([track]);
    element.play();
    if (track.kind === 'audio') window.extra.audio = track;
  };
  connection.addTransceiver('audio', { direction: 'recvonly' });
  connection.addTransceiver('video', { direction: 'recvonly' });
  await connection.setLocalDescription();
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/sdp' },
    body: connection.localDescription.sdp,
  });
  if (response.status !== 201) return { status: response.status, text: await response.text() };
  await connection.setRemoteDescription({ type: 'answer', sdp: await response.text() });
  return { status: 201, location: response.headers.get('location') };
}
