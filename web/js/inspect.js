// `window.parley`: a read-only view of the session for tests, kiosks and curious people.

export function inspect({ room, stage, sound }) {
  const track = ({ id, participant, kind, source, codec, muted, layers, error, mediaTrack }) => ({
    id, participant, kind, source, codec, muted, layers, error: error ?? null, received: Boolean(mediaTrack),
  });
  return Object.freeze({
    get state() { return room.state; },
    get self() { return room.self ? { ...room.self } : null; },
    get participants() { return [...room.participants.values()].map((one) => ({ ...one })); },
    get tracks() { return [...room.tracks.values()].map(track); },
    get speakers() { return room.speakers.map((one) => ({ ...one })); },
    get recording() { return room.recording; },
    get consentRequired() { return room.consentRequired; },
    get consent() { return room.consent; },
    get connections() { return room.connections; },
    /** The id that the server gave to what this page publishes as `source`. */
    published: (source) => room.publisher?.trackId(source) ?? null,
    /** The element that shows or plays a track, or null. */
    video: (trackId) => stage.videoOf(trackId),
    audio: (trackId) => sound.elementOf(trackId),
    /** The MediaStreamTrack that carries a track, or null. */
    media: (trackId) => room.tracks.get(trackId)?.mediaTrack ?? null,
    /** getStats() of `publisher` or `subscriber` as an array. */
    stats: async (connection) => [...((await room[connection]?.pc.getStats()) ?? new Map()).values()],
    /** mid to track id (`subscriber`) or source (`publisher`). */
    mids: (connection) => Object.fromEntries(room[connection]?.mids() ?? []),
  });
}
