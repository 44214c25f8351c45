import { randomInt } from 'node:crypto';

/** Letters and digits that are not taken for one another. */
export const lettersAndDigits = [
  'abcdefghijkmnpqrstuvwxyz',
  'ABCDEFGHJKLMNPQRSTUVWXYZ',
  '23456789',
] as const;

/** A random password with at least one character of each class. Never log or store it. */
export function randomPassword(classes: readonly string[], length: number): string {
  const every = classes.join('');
  const chars = classes.map(pick);
  while (chars.length < length) chars.push(pick(every));
  for (let last = chars.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1);
    const kept = chars[last] ?? '';
    chars[last] = chars[other] ?? '';
    chars[other] = kept;
  }
  return chars.join('');
}

function pick(from: string): string {
  return from.charAt(randomInt(from.length));
}
