import { createHash } from 'node:crypto';

/**
 * The token that marks our operation in a trading server's comment: `K`, 20 characters of digest
 * (100 bits) and one check character. It is the only thing by which a lost operation is found again,
 * so it must survive MT5's comment of 31 characters, which is cut without a word.
 */
export type OperationToken = string;

/** MT5 keeps this many characters of a comment. */
export const mt5CommentMax = 31;

/** Crockford's base 32: no I, L, O, U, so that a person can read a token out loud. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const digestChars = 20;

export const tokenLength = 1 + digestChars + 1;

/** A cut token of at least this many characters (55 bits) still names one operation of a log-in. */
export const safePrefixLength = 12;

/** Derives the token of an operation (`int_0190…`); the same id gives the same token for ever. */
export function tokenOf(operationId: string): OperationToken {
  if (operationId === '') throw new RangeError('an operation without an id has no token');
  const digest = createHash('sha256').update(`keelson/token/${operationId}`).digest('hex');
  const bits = BigInt(`0x${digest.slice(0, (digestChars * 5) / 4)}`);
  let body = '';
  for (let position = digestChars - 1; position >= 0; position -= 1) {
    body += letter(Number((bits >> BigInt(5 * position)) & 31n));
  }
  return `K${body}${checkLetter(body)}`;
}

/** Whether the text is a whole token with its right check character. */
export function isToken(text: string): boolean {
  return (
    /^K[0-9A-HJKMNP-TV-Z]{21}$/.test(text) &&
    checkLetter(text.slice(1, 1 + digestChars)) === text.slice(-1)
  );
}

/** Every whole token in a comment; dealers write around them, so they are looked for anywhere. */
export function tokensIn(comment: string): OperationToken[] {
  const words = comment.match(/K[0-9A-HJKMNP-TV-Z]{21}/g) ?? [];
  return words.filter(isToken);
}

/** Whether the token stands whole in a comment of `commentMax` characters that begins with it. */
export function fitsComment(token: OperationToken, commentMax: number): boolean {
  return isToken(token) && token.length <= commentMax;
}

/** How a comment speaks of a token: whole, cut but long enough, cut too short to tell, or not at all. */
export type TokenMatch = 'whole' | 'safe_prefix' | 'short_prefix' | 'none';

/**
 * Compares a comment with a token. A comment that was cut down to nothing is `short_prefix`:
 * calling it `none` would prove the absence of an operation that was applied.
 */
export function matchToken(comment: string, token: OperationToken): TokenMatch {
  if (comment.includes(token)) return 'whole';
  const trimmed = comment.trim();
  if (!token.startsWith(trimmed)) return 'none';
  return trimmed.length >= safePrefixLength ? 'safe_prefix' : 'short_prefix';
}

function letter(value: number): string {
  return alphabet.charAt(value);
}

/** Weighted sum modulo 31: tells a token from a word that merely looks like one. */
function checkLetter(body: string): string {
  let sum = 0;
  for (const [index, char] of [...body].entries()) {
    sum += (index + 1) * alphabet.indexOf(char);
  }
  return letter(sum % 31);
}
