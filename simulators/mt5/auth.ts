import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * MT5 Web API proof of a password: MD5( MD5( MD5(UTF-16LE(password)) ‖ "WebAPI" ) ‖ rand ), in hex.
 * The inner digests are raw bytes; `randHex` is the other side's 16 random bytes in hex.
 */
export function authAnswer(password: string, randHex: string): string {
  const secret = passwordSecret(password);
  return md5(Buffer.concat([secret, Buffer.from(randHex, 'hex')])).toString('hex');
}

/** MD5( MD5(UTF-16LE(password)) ‖ "WebAPI" ): what both sides know of the password. */
export function passwordSecret(password: string): Buffer {
  const inner = md5(Buffer.from(password, 'utf16le'));
  return md5(Buffer.concat([inner, Buffer.from('WebAPI', 'ascii')]));
}

const LEAST_CLIENT_VERSION = 484;
const ANSWER_WITHIN_MS = 10_000;
const HEX_16_BYTES = /^[0-9a-f]{32}$/i;

/** Authentication of one TCP connection: the session *is* the connection. */
export class Session {
  authenticated = false;
  #challenge: { randHex: string; login: string; at: number } | null = null;

  constructor(private readonly account: { login: string; password: string }) {}

  /** `auth/start`: a refusal code, or the random bytes that the client must answer. */
  start(
    asked: { version: string; agent: string; login: string; type: string },
    now: number,
  ): { retcode: number } | { srvRand: string } {
    this.authenticated = false;
    this.#challenge = null;
    if (!/^\d+$/.test(asked.version) || !/^\d+$/.test(asked.login)) return { retcode: 3 };
    if (asked.agent === '' || asked.type.toLowerCase() !== 'manager') return { retcode: 3 };
    if (Number(asked.version) < LEAST_CLIENT_VERSION) return { retcode: 1010 };
    const randHex = randomBytes(16).toString('hex');
    this.#challenge = { randHex, login: asked.login, at: now };
    return { srvRand: randHex };
  }

  /** `auth/answer`: one try per challenge, within 10 s; gives the proof that the server knows the password too. */
  answer(
    given: { srvRandAnswer: string; cliRand: string },
    now: number,
  ): { retcode: number } | { cliRandAnswer: string } {
    const challenge = this.#challenge;
    this.#challenge = null;
    if (!challenge || !HEX_16_BYTES.test(given.cliRand)) return { retcode: 3 };
    if (now - challenge.at > ANSWER_WITHIN_MS) return { retcode: 9 };
    const expected = Buffer.from(authAnswer(this.account.password, challenge.randHex));
    const received = Buffer.from(given.srvRandAnswer.toLowerCase());
    const proven = expected.length === received.length && timingSafeEqual(expected, received);
    if (!proven || challenge.login !== this.account.login) return { retcode: 1001 };
    this.authenticated = true;
    return { cliRandAnswer: authAnswer(this.account.password, given.cliRand) };
  }
}

/** MT5's rule for account passwords: 8 to 16 characters with lower case, upper case, digits and others. */
export function passwordIsStrong(password: string): boolean {
  const classes = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/];
  return (
    password.length >= 8 &&
    password.length <= 16 &&
    classes.every((characters) => characters.test(password))
  );
}

function md5(data: Buffer): Buffer {
  return createHash('md5').update(data).digest();
}
