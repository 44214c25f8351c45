import { lettersAndDigits, randomPassword } from '../password';

/** MT4 keeps 15 characters; it asks for 5 of two classes, we for more. */
export const passwordLengthMin = 8;
export const passwordLengthMax = 15;

/** A random password of 15 characters that MT4 accepts. Never log or store it. */
export function generatePassword(): string {
  return randomPassword(lettersAndDigits, passwordLengthMax);
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
