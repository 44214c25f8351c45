/** Width and height of a picture in dots. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Blocks of a JPEG that are looked through for its frame. */
const segmentsMax = 200;

/** How large a PNG or JPEG says it is, before anything unpacks it; undefined for anything else. */
export function pictureSize(bytes: Uint8Array): PictureSize | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return pngSize(view) ?? jpegSize(view);
}

/** PNG: the first chunk is IHDR, which begins with both. Source: W3C PNG, 11.2.1. */
function pngSize(view: DataView): PictureSize | undefined {
  if (view.byteLength < 24 || view.getUint32(0) !== 0x89504e47) return undefined;
  if (view.getUint32(12) !== 0x49484452) return undefined;
  return sizeOf(view.getUint32(16), view.getUint32(20));
}

/** JPEG: the frame's header (SOF0 to SOF15, without DHT, JPG and DAC) holds them. Source: ITU T.81, B.2.2. */
function jpegSize(view: DataView): PictureSize | undefined {
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return undefined;
  let at = 2;
  for (let count = 0; count < segmentsMax && at + 9 <= view.byteLength; count += 1) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return sizeOf(view.getUint16(at + 7), view.getUint16(at + 5));
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

function sizeOf(width: number, height: number): PictureSize | undefined {
  return width > 0 && height > 0 ? { width, height } : undefined;
}
