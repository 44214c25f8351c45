import fc from 'fast-check';
import { pictureSize } from './picture-size';

function png(width: number, height: number): Buffer {
  const head = Buffer.alloc(24);
  head.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
  head.write('IHDR', 12);
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  return head;
}

function jpeg(width: number, height: number): Buffer {
  const frame = Buffer.alloc(19);
  frame.set([0xff, 0xc2, 0, 17, 8]);
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc4, 0, 3, 9]),
    frame,
  ]);
}

describe('the size of a picture', () => {
  it('is read of PNG and JPEG without unpacking them', () => {
    expect(pictureSize(png(1240, 870))).toEqual({ width: 1240, height: 870 });
    expect(pictureSize(jpeg(4032, 3024))).toEqual({ width: 4032, height: 3024 });
    expect(pictureSize(png(0, 870))).toBeUndefined();
  });

  it('is none of other bytes, whatever they are', () => {
    expect(pictureSize(Buffer.from('%PDF-1.7 and more than that'))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const begin = fc.sample(fc.constantFrom([0xff, 0xd8], [0x89, 0x50, 0x4e, 0x47], []), 1)[0];
        pictureSize(Uint8Array.from([...(begin ?? []), ...bytes]));
      }),
    );
  });
});
