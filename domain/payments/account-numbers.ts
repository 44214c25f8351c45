/** ISO 13616: the rearranged digits are 1 modulo 97. Without spaces, in capitals. */
export function isIban(text: string): boolean {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(text)) return false;
  return modulo97(text.slice(4) + text.slice(0, 4)) === 1n;
}

/** ISO 9362: bank, country, place, and a branch or none. */
export function isBic(text: string): boolean {
  return /^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$/.test(text);
}

/** ISO 17442: 18 letters or digits and two check digits, 1 modulo 97. */
export function isLei(text: string): boolean {
  return /^[A-Z0-9]{18}\d{2}$/.test(text) && modulo97(text) === 1n;
}

/** ISO/IEC 7064, MOD 97-10; letters count from A = 10. */
export function modulo97(text: string): bigint {
  return BigInt([...text].map((char) => parseInt(char, 36).toString()).join('')) % 97n;
}
