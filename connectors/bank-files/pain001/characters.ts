import anyAscii from 'any-ascii';

/**
 * The characters every bank of SEPA takes (EPC217-08): Latin letters, digits, space and `/ - ? : ( ) . , ' +`.
 * Letters of other scripts are romanised, an ampersand becomes `+`, anything else a space.
 */
export function bankText(text: string, lengthMax: number): string {
  const latin = anyAscii(text.normalize('NFC').replace(/[&＆]/g, ' + '));
  return latin
    .replace(/[`´"]/g, "'")
    .replace(/[^A-Za-z0-9/\-?:().,'+ ]/g, ' ')
    .replace(/ +/g, ' ')
    .replace(/^[ /]+|[ /]+$/g, '')
    .replace(/\/{2,}/g, '/')
    .slice(0, lengthMax)
    .replace(/[ /]+$/, '');
}

/** Whether a reference can go to the bank as it is: those characters, no slash at either end, none doubled. */
export function isBankReference(text: string): boolean {
  return (
    /^[A-Za-z0-9/\-?:().,'+ ]{1,35}$/.test(text) &&
    !/^\/|\/$|\/\//.test(text) &&
    text.trim() === text
  );
}
