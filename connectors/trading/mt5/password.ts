import { randomInt } from 'node:crypto';

/** MT5 asks for 8 to 16 characters of four classes. */
export const passwordLengthMin = 8;
export const passwordLengthMax = 16;

/** Letters and digits that are not taken for one another, and signs that no shell or form eats. */
const classes = [
  'abcdefghijkmnpqrstuvwxyz',
  'ABCDEFGHJKLMNPQRSTUVWXYZ',
  '23456789',
  '!#%*+-=?@_',
] as const;

/** A random password of 16 characters that MT5's policy accepts. Never log or store it. */
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

/** Whether MT5 would take the password: length and four classes. */
export function acceptsPassword(password: string): boolean {
  return (
    password.length >= passwordLengthMin &&
    password.length <= passwordLengthMax &&
    /[a-z]/.test(password) &&
    /[A-Z]/.test(password) &&
    /[0-9]/.test(password) &&
    /[^A-Za-z0-9]/.test(password)
  );
}

function pick(from: string): string {
  return from.charAt(randomInt(from.length));
}
