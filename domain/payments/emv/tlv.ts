/** A data object of an EMVCo QR code: two digits of id, two of length, the value. */
export interface DataObject {
  readonly id: string;
  readonly value: string;
}

/** The text is no EMVCo QR code, or not one that may be paid; `at` is where, in characters. */
export class InvalidQr extends Error {
  override readonly name = 'InvalidQr';
  constructor(
    readonly code: 'malformed' | 'bad_crc' | 'missing_object',
    detail: string,
  ) {
    super(detail);
  }
}

/** Lengths count characters, not bytes (EMVCo MPM 1.1, annex A). */
export function writeObjects(objects: readonly DataObject[]): string {
  return objects
    .map(({ id, value }) => {
      const length = [...value].length;
      if (length < 1 || length > 99) throw new RangeError(`object ${id} has ${length} characters`);
      return `${id}${String(length).padStart(2, '0')}${value}`;
    })
    .join('');
}

/** Throws InvalidQr when a length leads past the end or an id comes twice. */
export function readObjects(text: string): DataObject[] {
  const characters = [...text];
  const objects: DataObject[] = [];
  let at = 0;
  while (at < characters.length) {
    const head = characters.slice(at, at + 4).join('');
    const length = /^\d{4}$/.test(head) ? Number(head.slice(2)) : 0;
    const value = characters.slice(at + 4, at + 4 + length);
    if (length === 0 || value.length !== length) {
      throw new InvalidQr('malformed', `no data object at character ${at}`);
    }
    const id = head.slice(0, 2);
    if (objects.some((object) => object.id === id)) {
      throw new InvalidQr('malformed', `object ${id} comes twice`);
    }
    objects.push({ id, value: value.join('') });
    at += 4 + length;
  }
  return objects;
}

export function valueOf(objects: readonly DataObject[], id: string): string | undefined {
  return objects.find((object) => object.id === id)?.value;
}
