import { crc32, deflateSync, inflateSync } from 'node:zlib';

/** Writes a screenshot with 256 colours: a third of the bytes, and to the eye the same. */
export function withPalette(png: Buffer): Buffer {
  const { width, height, channels, data } = read(png);
  const pixels = unfilter(data, width * channels, height, channels);
  const colors = new Uint32Array(width * height);
  const counts = new Map<number, number>();
  for (let index = 0; index < colors.length; index += 1) {
    const at = index * channels;
    const color = pixels.readUIntBE(at, 3);
    colors[index] = color;
    counts.set(color, (counts.get(color) ?? 0) + 1);
  }
  const frequent = [...counts]
    .toSorted(([, one], [, other]) => other - one)
    .map(([color]) => color);
  // Colours say what became of a call: they are rarer than greys, and have a half of their own.
  const palette = [true, false].flatMap((isGrey) =>
    frequent.filter((color) => isGreyish(color) === isGrey).slice(0, 128),
  );
  const indexes = new Map(palette.map((color, index) => [color, index] as const));
  const rows = Buffer.alloc((width + 1) * height);
  for (const [index, color] of colors.entries()) {
    const found = indexes.get(color) ?? nearest(color, palette);
    indexes.set(color, found);
    rows[index + Math.floor(index / width) + 1] = found;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const table = Buffer.from(palette.flatMap((one) => [one >> 16, (one >> 8) & 255, one & 255]));
  return Buffer.concat([
    png.subarray(0, 8),
    chunk('IHDR', header),
    chunk('PLTE', table),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function isGreyish(color: number): boolean {
  const parts = [color >> 16, (color >> 8) & 255, color & 255];
  return Math.max(...parts) - Math.min(...parts) < 24;
}

function read(png: Buffer) {
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) !== 'IDAT') continue;
    parts.push(png.subarray(at + 8, at + 8 + length));
  }
  return {
    width: png.readUInt32BE(16),
    height: png.readUInt32BE(20),
    // Colour type 2 is RGB, 6 has transparency: what Chromium writes.
    channels: png[25] === 6 ? 4 : 3,
    data: inflateSync(Buffer.concat(parts)),
  };
}

/** The filters of PNG (§9 of the specification), undone. */
function unfilter(data: Buffer, stride: number, height: number, channels: number): Buffer {
  const out = Buffer.alloc(stride * height);
  for (let row = 0; row < height; row += 1) {
    const filter = data.readUInt8(row * (stride + 1));
    for (let column = 0; column < stride; column += 1) {
      const at = row * stride + column;
      const left = column >= channels ? out.readUInt8(at - channels) : 0;
      const up = row > 0 ? out.readUInt8(at - stride) : 0;
      const corner = row > 0 && column >= channels ? out.readUInt8(at - stride - channels) : 0;
      const added = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
      out[at] = data.readUInt8(row * (stride + 1) + 1 + column) + added;
    }
  }
  return out;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [left, up, corner].map((one) => Math.abs(guess - one)) as [
    number,
    number,
    number,
  ];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

function nearest(color: number, palette: readonly number[]): number {
  let best = 0;
  let least = Infinity;
  for (const [index, one] of palette.entries()) {
    const distance = [16, 8, 0].reduce(
      (sum, shift) => sum + (((color >> shift) & 255) - ((one >> shift) & 255)) ** 2,
      0,
    );
    if (distance >= least) continue;
    least = distance;
    best = index;
  }
  return best;
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
