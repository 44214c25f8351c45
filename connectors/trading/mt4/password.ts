import { randomInt } from 'node:crypto';

/** MT4 keeps 15 characters; it asks for 5 of two classes, we for more. */
export const passwordLengthMin = 8;
export const passwordLengthMax = 15;

/** Letters and digits that are not taken for one another. */
const classes = ['abcdefghijkmnpqrstuvwxyz', 'ABCDEFGHJKLMNPQRSTUVWXYZ', '23456789'] as const;

/** A random password of 15 characters that MT4 accepts. Never log or store it. */
export function generatePassword(): string {
  const every = classes.join('');
  const chars = classes.map(pick);
  while (chars.length < passwordLengthMax) chars.push(pick(every));
  for (let last = chars.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1);
    const kept = chars[last] ?? '';
    chars[last] = chars[other] ?? '';
    chars[other] = kept;
  }
  return chars.join('');
}

/** Whether a password is long enough, fits, and has small letters, capitals and digits. */
export function acceptsPassword(password: string): boolean {
  return (
    /^[\x21-\x7e]+$/.test(password) &&
    password.length >= passwordLengthMin &&
    password.length <= passwordLengthMax &&
    /[a-z]/.test(password) &&
    /[A-Z]/.test(password) &&
    /[0-9]/.test(password)
  );
}

function pick(from: string): string {
  return from.charAt(randomInt(from.length));
}
