// A moving picture with texture and camera noise, from a seed: much the same for every run.

function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A canvas of smooth grain: few pixels, enlarged. */
function texture(width, height, cells, random, alpha = 255) {
  const small = new OffscreenCanvas(cells, Math.max(1, Math.round((cells * height) / width)));
  const context = small.getContext('2d');
  const image = context.createImageData(small.width, small.height);
  for (let i = 0; i < image.data.length; i += 4) {
    const light = 40 + 170 * random();
    image.data[i] = light;
    image.data[i + 1] = light * (0.7 + 0.3 * random());
    image.data[i + 2] = light * (0.5 + 0.5 * random());
    image.data[i + 3] = alpha;
  }
  context.putImageData(image, 0, 0);
  const large = new OffscreenCanvas(width, height);
  large.getContext('2d').drawImage(small, 0, 0, width, height);
  return large;
}

/** Somebody before a wall: the head moves, the wall stays, the sensor is noisy. */
export function movingPicture(width, height, fps) {
  const random = randomFrom(7);
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d');
  const wall = texture(width, height, 48, random);
  const face = texture(width, height, 24, random);
  const grain = Array.from({ length: 8 }, () => texture(width, height, width / 2, random, 6));
  let frame = 0;
  const draw = () => {
    frame += 1;
    context.drawImage(wall, 0, 0);
    const x = width * (0.5 + 0.12 * Math.sin(frame / 23));
    const y = height * (0.5 + 0.06 * Math.sin(frame / 11));
    context.save();
    context.beginPath();
    context.ellipse(x, y, height * 0.22, height * 0.34, 0.1 * Math.sin(frame / 17), 0, 7);
    context.clip();
    context.drawImage(face, x - width / 2, y - height / 2);
    context.restore();
    context.drawImage(grain[frame % grain.length], 0, 0);
  };
  draw();
  const timer = setInterval(draw, 1000 / fps);
  const track = canvas.captureStream(fps).getVideoTracks()[0];
  return { track, stop: () => { clearInterval(timer); track.stop(); } };
}
