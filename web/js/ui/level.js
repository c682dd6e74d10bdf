// A level meter for one's own microphone, so that a dead one is noticed before the meeting.

const floor_db = -60;

export class LevelMeter {
  #meter;
  #track = null;
  #context = null;
  #frame = 0;

  constructor(meter) {
    this.#meter = meter;
  }

  /** Shows the level of this track; null stops. */
  follow(track) {
    if (track === this.#track) return;
    this.#track = track;
    cancelAnimationFrame(this.#frame);
    this.#context?.close();
    this.#context = null;
    this.#meter.value = 0;
    if (!track) return;
    this.#context = new AudioContext();
    const analyser = this.#context.createAnalyser();
    analyser.fftSize = 1024;
    this.#context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    this.#draw(analyser, new Float32Array(analyser.fftSize));
  }

  #draw(analyser, samples) {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    const decibels = 10 * Math.log10(power + 1e-10);
    this.#meter.value = Math.max(0, 1 - decibels / floor_db);
    this.#frame = requestAnimationFrame(() => this.#draw(analyser, samples));
  }
}
