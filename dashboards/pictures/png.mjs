// Pictures with few colours. The usual ones stay exact; the shades of smooth text and of translucent
// areas, most of the size of a picture, go to the nearest of them.
import sharp from 'sharp';

export const LARGEST = 200_000;
// How many of the usual colours stay, the distance between the others, and how many there are at most:
// the finest first.
const PALETTES = [
  { exact: 12, distance: 8, most: 256 },
  { exact: 12, distance: 16, most: 256 },
  { exact: 12, distance: 32, most: 256 },
  { exact: 6, distance: 64, most: 16 },
];

// The picture as PNG, as fine as its size allows.
export async function small(picture) {
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  let made;
  for (const palette of PALETTES) {
    const raw = { raw: { width: info.width, height: info.height, channels: 3 } };
    made = await sharp(reduced(data, palette), raw).png({ palette: true, colours: palette.most, dither: 0, effort: 10, compressionLevel: 9 }).toBuffer();
    if (made.length <= LARGEST) break;
  }
  return made;
}

function reduced(data, { exact, distance, most }) {
  const counts = new Map();
  for (let at = 0; at < data.length; at += 3) {
    const colour = (data[at] << 16) | (data[at + 1] << 8) | data[at + 2];
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const palette = [];
  const nearest = new Map();
  for (const [colour] of [...counts].sort(([, a], [, b]) => b - a)) {
    const [found, far] = closest(palette, colour);
    const isNew = palette.length < exact || (far > distance && palette.length < most);
    if (isNew) palette.push(colour);
    nearest.set(colour, isNew ? colour : found);
  }
  const made = Buffer.alloc(data.length);
  for (let at = 0; at < data.length; at += 3) {
    const colour = nearest.get((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
    made.writeUIntBE(colour, at, 3);
  }
  return made;
}

function closest(palette, colour) {
  let found;
  let least = Infinity;
  for (const one of palette) {
    const far = Math.hypot((one >> 16) - (colour >> 16), ((one >> 8) & 255) - ((colour >> 8) & 255), (one & 255) - (colour & 255));
    if (far < least) [found, least] = [one, far];
  }
  return [found, least];
}
