import { lettersAndDigits, randomPassword } from '../password';

/** MT5 asks for 8 to 16 characters of four classes. */
export const passwordLengthMin = 8;
export const passwordLengthMax = 16;

/** Signs that no shell or form eats. */
const signs = '!#%*+-=?@_';

/** A random password of 16 characters that MT5's policy accepts. Never log or store it. */
export function generatePassword(): string {
  return randomPassword([...lettersAndDigits, signs], passwordLengthMax);
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
