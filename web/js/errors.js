// What went wrong, in words that say what to do about it.

/** Text for a failed getUserMedia or getDisplayMedia. */
export function deviceProblem(source, error) {
  const what = { camera: 'camera', microphone: 'microphone', screen: 'screen' }[source] ?? source;
  switch (error?.name) {
    case 'NotAllowedError':
    case 'PermissionDeniedError':
      if (source === 'screen') {
        return 'Screen sharing was not allowed. Press the button again and choose what to share; on '
          + 'a Mac, allow screen recording for this browser in the system settings first.';
      }
      return `The ${what} is blocked. Allow it for this page (the icon left of the address), then `
        + `press the ${what} button again.`;
    case 'NotFoundError':
      return `No ${what} was found. Connect one and press the ${what} button, or join without it.`;
    case 'NotReadableError':
    case 'AbortError':
      return `The ${what} cannot be opened. Close other programs that use it, then press the ${what} `
        + 'button again.';
    case 'OverconstrainedError':
      return `The chosen ${what} is not connected any more. Choose another one in the settings.`;
    case 'SecurityError':
      return `Browsers give the ${what} to https pages (and localhost) only. Open this page by https; `
        + 'until then you can watch and listen.';
    default:
      return `The ${what} cannot be used: ${error?.message ?? 'unknown error'}.`;
  }
}

/** Text for the end of a session, or for a refused join. */
export function endProblem({ reason, error }) {
  if (reason === 'replaced') {
    return 'This meeting was opened somewhere else with your session. Join again to continue here.';
  }
  if (reason === 'removed') return 'You were removed from this meeting.';
  if (reason !== 'refused') return '';
  switch (error?.code) {
    case 'room-full':
      return 'This room is full. Try again when somebody has left, or choose another room.';
    case 'too-many-rooms':
      return 'The server cannot open another room now. Try again later, or join a room that exists.';
    case 'unauthorized':
      return 'This server wants an invitation. Open the whole link that you were sent.';
    case 'forbidden':
      return 'Your invitation is not for this room. Check the room’s name, or ask for another one.';
    case 'name-taken':
      return 'You are in this room already, in another tab or on another device. Leave there first.';
    default:
      return `The server refused: ${error?.text ?? 'it gave no reason'}.`;
  }
}

/** Text for a track that cannot be shown. */
export function trackProblem(track) {
  if (track.error !== 'track-unsupported') return '';
  const codec = track.codec || 'this';
  const kind = track.kind === 'video' ? 'video' : 'sound';
  return `This browser cannot play ${codec} ${kind}. Ask for another codec, or use another browser.`;
}
