// What the fake cameras and microphones show and play: each participant a colour of its own with
// a frame counter that a canvas can read back, and a tone of its own.
import { mkdirSync, existsSync, renameSync, openSync, writeSync, closeSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const counter_bits = 6; // frames before the file starts over: 64
const sample_rate = 48000;

export const people = {
  Ada: { color: [200, 40, 40], tone: 440 },
  Grace: { color: [40, 160, 60], tone: 660 },
  Linus: { color: [50, 80, 200], tone: 990 },
};

/** Paths of the video (y4m) and audio (wav) files of one of `people`, made where they are missing. */
export function captureFiles(name, { width = 320, height = 180, fps = 15 } = {}) {
  const folder = path.join(tmpdir(), 'parley-e2e-capture');
  mkdirSync(folder, { recursive: true });
  const { color, tone } = people[name];
  const video = path.join(folder, `${name}-${width}x${height}-${fps}.y4m`);
  const audio = path.join(folder, `${name}.wav`);
  if (!existsSync(video)) whole(video, (file) => writeVideo(file, { width, height, fps, color }));
  if (!existsSync(audio)) whole(audio, (file) => writeFileSync(file, tonePcm(tone)));
  return { video, audio };
}

/**
 * The same picture for ever, as the beginning of a gst-launch line (raw frames in a file each: y4mdec
 * cannot loop).
 */
export function gstreamerCamera(name, { width = 320, height = 180, fps = 15 } = {}) {
  const folder = path.join(tmpdir(), 'parley-e2e-capture', `${name}-${width}x${height}`);
  mkdirSync(folder, { recursive: true });
  let index = 0;
  for (const frame of frames({ width, height, color: people[name].color })) {
    const file = path.join(folder, `${String(index).padStart(2, '0')}.i420`);
    if (!existsSync(file)) whole(file, (part) => writeFileSync(part, frame));
    index += 1;
  }
  return `multifilesrc location=${path.join(folder, '%02d.i420')} loop=true `
    + `! rawvideoparse format=i420 width=${width} height=${height} framerate=${fps}/1 ! identity sync=true`;
}

function whole(target, write) {
  const part = `${target}.${process.pid}`;
  write(part);
  renameSync(part, target);
}

function writeVideo(file, { width, height, fps, color }) {
  const out = openSync(file, 'w');
  writeSync(out, `YUV4MPEG2 W${width} H${height} F${fps}:1 Ip A1:1 C420\n`);
  for (const frame of frames({ width, height, color })) {
    writeSync(out, 'FRAME\n');
    writeSync(out, frame);
  }
  closeSync(out);
}

// One buffer, drawn anew for each frame.
function* frames({ width, height, color }) {
  const [y, u, v] = toYuv(color);
  const luma = width * height;
  const frame = Buffer.alloc(luma + luma / 2);
  for (let index = 0; index < 2 ** counter_bits; index += 1) {
    frame.fill(y, 0, luma);
    frame.fill(u, luma, luma + luma / 4);
    frame.fill(v, luma + luma / 4);
    drawCounter(frame, width, height, index);
    drawBar(frame, width, height, index);
    yield frame;
  }
}

// The lowest quarter of the picture is the counter: a white block is a 1, a black one a 0.
function drawCounter(frame, width, height, index) {
  for (let row = Math.floor(height * 0.75); row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const bit = Math.floor((column * counter_bits) / width);
      frame[row * width + column] = (index >> bit) & 1 ? 235 : 16;
    }
  }
  const chroma = width * height;
  const start = Math.floor((height * 0.75) / 2) * (width / 2);
  const plane = (width / 2) * (height / 2);
  frame.fill(128, chroma + start, chroma + plane);
  frame.fill(128, chroma + plane + start, chroma + 2 * plane);
}

// Something that moves, so that encoders have work.
function drawBar(frame, width, height, index) {
  const left = Math.floor((index / 2 ** counter_bits) * width * 0.9);
  for (let row = 0; row < height / 8; row += 1) {
    frame.fill(235, row * width + left, row * width + left + Math.floor(width / 12));
  }
}

function toYuv([r, g, b]) {
  return [
    16 + 0.257 * r + 0.504 * g + 0.098 * b,
    128 - 0.148 * r - 0.291 * g + 0.439 * b,
    128 + 0.439 * r - 0.368 * g - 0.071 * b,
  ].map(Math.round);
}

function tonePcm(frequency) {
  const samples = sample_rate; // one second holds whole periods: it loops without a click
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + samples * 2, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20); // PCM
  wav.writeUInt16LE(1, 22); // mono
  wav.writeUInt32LE(sample_rate, 24);
  wav.writeUInt32LE(sample_rate * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(samples * 2, 40);
  for (let index = 0; index < samples; index += 1) {
    const sample = 0.3 * Math.sin((2 * Math.PI * frequency * index) / sample_rate);
    wav.writeInt16LE(Math.round(sample * 32767), 44 + index * 2);
  }
  return wav;
}
