import fc from 'fast-check';
import { sniffMediaType } from './media-type';

describe('the type of a document', () => {
  it.each([
    ['image/jpeg', [0xff, 0xd8, 0xff, 0xe1, 0]],
    ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0]],
    ['application/pdf', [...Buffer.from('%PDF-1.7')]],
  ])('is %s by its first bytes', (type, bytes) => {
    expect(sniffMediaType(Uint8Array.from(bytes))).toBe(type);
    // One byte less than the signature proves nothing.
    expect(sniffMediaType(Uint8Array.from(bytes.slice(0, 2)))).toBeUndefined();
  });

  it('is never that of a page or a picture with code in it', () => {
    for (const text of ['<html>', '<svg xmlns=', '<?xml', 'GIF89a', 'MZ', '\n%PDF-1.7']) {
      expect(sniffMediaType(Buffer.from(text))).toBeUndefined();
    }
  });

  it('is none for bytes that begin like text', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        fc.pre(!text.startsWith('%PDF-'));
        expect(sniffMediaType(Buffer.from(text, 'utf8'))).toBeUndefined();
      }),
    );
  });
});
