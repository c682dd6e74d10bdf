// The stage: which tiles there are, where they go, and the layer each one needs.
import { leftOut } from '../consent.js';
import { trackProblem } from '../errors.js';
import { byId } from './dom.js';
import { arrange } from './layout.js';
import { Tile } from './tile.js';

const update_delay = 25; // ms
const layer_delay = 300; // ms: sizes settle before a layer is asked for
const size_step = 80; // px: finer differences are not worth another request
const headroom = 1.4; // a picture may be enlarged by so much before the next layer is wanted

export class Stage {
  #room;
  #media;
  #local;
  #grid = byId('grid');
  #tiles = new Map(); // key -> Tile: a participant's id, or the id of a screen's track
  #pinned = null;
  #layerTimer = 0;
  #updateTimer = 0;

  constructor({ room, media, local }) {
    this.#room = room;
    this.#media = media;
    this.#local = local;
    for (const change of ['participants', 'tracks', 'speakers', 'recording', 'state']) {
      room.on(change, () => this.updateSoon());
    }
    local.on('change', () => this.updateSoon());
    media.on('track', () => this.updateSoon());
    new ResizeObserver(() => this.#arrange()).observe(this.#grid);
    document.addEventListener('visibilitychange', () => this.#chooseLayers());
    this.#grid.addEventListener('scroll', () => this.#chooseLayersSoon());
  }

  /** The element that shows this video track, or null. */
  videoOf(trackId) {
    const track = this.#room.tracks.get(trackId);
    if (!track) return null;
    return this.#tiles.get(keyOf(track))?.video ?? null;
  }

  /**
   * Changes come in bursts: one update follows them all. The timer also lets the messages that wait
   * already, the server's offer above all, be answered before layout and painting.
   */
  updateSoon() {
    this.#updateTimer ||= setTimeout(() => this.#update(), update_delay);
  }

  #update() {
    this.#updateTimer = 0;
    const wanted = this.#wanted();
    for (const [key, tile] of this.#tiles) {
      if (wanted.has(key)) continue;
      tile.element.remove();
      this.#tiles.delete(key);
      if (this.#pinned === key) this.#pinned = null;
    }
    for (const [key, { name, self, screen, ...state }] of wanted) {
      let tile = this.#tiles.get(key);
      if (!tile) {
        tile = new Tile({ key, name, self, screen, onPin: () => this.#pin(key) });
        this.#tiles.set(key, tile);
        this.#grid.append(tile.element);
      }
      tile.update({ ...state, pinned: this.#pinned === key });
    }
    byId('alone').hidden = this.#room.state !== 'joined' || this.#room.participants.size > 0;
    this.#arrange();
  }

  #pin(key) {
    this.#pinned = this.#pinned === key ? null : key;
    this.#update();
  }

  // Others first, in the order in which they came; oneself last. Agents have no tile.
  #wanted() {
    const wanted = new Map();
    const speaking = new Set(this.#room.speakers.map(({ participant }) => participant));
    for (const { id, name, role, consent } of this.#room.participants.values()) {
      const unrecorded = leftOut(this.#room, consent);
      const tracks = this.#room.tracksOf(id);
      for (const track of tracks.filter(({ source }) => source === 'screen')) {
        wanted.set(track.id, {
          name,
          screen: true,
          unrecorded,
          mediaTrack: track.muted ? null : track.mediaTrack,
          problem: trackProblem(track),
        });
      }
      if (role === 'agent') continue;
      const camera = tracks.find(({ source }) => source === 'camera');
      const microphone = tracks.find(({ source }) => source === 'microphone');
      wanted.set(id, {
        name,
        unrecorded,
        mediaTrack: camera?.muted ? null : camera?.mediaTrack,
        problem: camera && !camera.muted ? trackProblem(camera) : '',
        muted: !microphone || microphone.muted,
        speaking: speaking.has(id),
      });
    }
    const { self } = this.#room;
    if (self) {
      wanted.set(self.id, {
        name: self.name,
        self: true,
        unrecorded: leftOut(this.#room, this.#room.consent),
        mediaTrack: this.#media.track('camera'),
        mirrored: this.#media.track('camera')?.getSettings().facingMode !== 'environment',
        muted: !this.#local.isOn('microphone'),
        speaking: speaking.has(self.id),
      });
    }
    return wanted;
  }

  #arrange() {
    const tiles = [...this.#tiles.values()];
    const rectangles = arrange(
      this.#grid.clientWidth,
      this.#grid.clientHeight,
      tiles.length,
      this.#focused(tiles),
    );
    rectangles.forEach((rectangle, index) => tiles[index].place(rectangle));
    this.#chooseLayersSoon();
  }

  // The pinned tile, else the newest shared screen.
  #focused(tiles) {
    const pinned = tiles.findIndex(({ key }) => key === this.#pinned);
    if (pinned >= 0) return pinned;
    return tiles.findLastIndex(({ element }) => element.classList.contains('screen'));
  }

  #chooseLayersSoon() {
    clearTimeout(this.#layerTimer);
    this.#layerTimer = setTimeout(() => this.#chooseLayers(), layer_delay);
  }

  #chooseLayers() {
    for (const track of this.#room.tracks.values()) {
      if (track.kind !== 'video' || track.error || !track.mediaTrack) continue;
      const tile = this.#tiles.get(keyOf(track));
      if (tile) this.#room.chooseLayer(track.id, this.#layerFor(tile.element));
    }
  }

  #layerFor(element) {
    if (document.hidden || !this.#isVisible(element)) return 'lowest';
    const scale = (globalThis.devicePixelRatio || 1) * headroom;
    const pixels = (size) => Math.max(1, Math.ceil((size * scale) / size_step)) * size_step;
    return { maxWidth: pixels(element.offsetWidth), maxHeight: pixels(element.offsetHeight) };
  }

  #isVisible(element) {
    const top = element.offsetTop - this.#grid.scrollTop;
    return top < this.#grid.clientHeight && top + element.offsetHeight > 0;
  }
}

function keyOf(track) {
  return track.source === 'screen' ? track.id : track.participant;
}
