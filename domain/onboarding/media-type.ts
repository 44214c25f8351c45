/** What a document may be, by its first bytes. */
export const mediaTypes = ['image/jpeg', 'image/png', 'application/pdf'] as const;
export type MediaType = (typeof mediaTypes)[number];

/** Largest document that is taken, in bytes. */
export const documentBytesMax = 8 * 1024 * 1024;

const signatures: readonly { readonly type: MediaType; readonly bytes: readonly number[] }[] = [
  { type: 'image/jpeg', bytes: [0xff, 0xd8, 0xff] },
  { type: 'image/png', bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { type: 'application/pdf', bytes: [0x25, 0x50, 0x44, 0x46, 0x2d] },
];

/**
 * What the bytes are: JPEG, PNG or PDF, else undefined. The name and the type that the sender gives are
 * never believed: a page of HTML called passport.png would run in an officer's browser.
 */
export function sniffMediaType(bytes: Uint8Array): MediaType | undefined {
  return signatures.find((signature) =>
    signature.bytes.every((byte, position) => bytes[position] === byte),
  )?.type;
}
