import { modulo97 } from './account-numbers';

/**
 * What a client writes on a transfer, so that it is known whose money it is: a creditor reference of ISO 11649, which
 * banks carry as it is and whose check digits tell a slip of the pen from another client's. `RF`, two check digits,
 * `K`, and nine letters and digits that are not taken for one another.
 */
const letters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
const bodyLength = 10;

/** A new reference. `draw` answers a number from 0 to below its argument, by chance. */
export function newBankReference(draw: (below: number) => number): string {
  const drawn = Array.from({ length: bodyLength - 1 }, () => letters.charAt(draw(letters.length)));
  const body = `K${drawn.join('')}`;
  return `RF${checkDigitsOf(body)}${body}`;
}

/** In groups of four, as people read and write it. */
export function showBankReference(reference: string): string {
  return reference.replaceAll(/(.{4})(?=.)/g, '$1 ');
}

const whole = new RegExp(`^RF\\d\\dK[${letters}]{${bodyLength - 1}}$`);

/**
 * The references in what a payer wrote, each once: in small letters, with spaces and hyphens, and between other words.
 * One with wrong check digits is none.
 */
export function findBankReferences(texts: readonly string[]): string[] {
  const found = texts.flatMap((text) => {
    const written = text.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
    // Where one may begin is tried at each place: "RF" may stand before it by chance.
    return [...written.matchAll(/RF/g)].flatMap(({ index }) => {
      const here = written.slice(index, index + 4 + bodyLength);
      return whole.test(here) && checks(here) ? [here] : [];
    });
  });
  return [...new Set(found)];
}

function checks(reference: string): boolean {
  return modulo97(reference.slice(4) + reference.slice(0, 4)) === 1n;
}

function checkDigitsOf(body: string): string {
  return (98n - modulo97(`${body}RF00`)).toString().padStart(2, '0');
}
