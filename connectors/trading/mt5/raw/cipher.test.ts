import fc from 'fast-check';
import { MalformedAnswer } from '../../fields';
import { passwordSecret } from '../auth';
import { BodyCipher, cipherBody, deriveKeys } from './cipher';

const countingHex = Buffer.from(Array.from({ length: 256 }, (_, at) => at)).toString('hex');
const nist = {
  key: '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4',
  iv: '000102030405060708090a0b0c0d0e0f',
  plain: [
    '6bc1bee22e409f96e93d7e117393172a',
    'ae2d8a571e03ac9c9eb76fac45af8e51',
    '30c81c46a35ce411e5fbc1191a0a52ef',
    'f69f2445df4f9b17ad2b417be66c3710',
  ],
  ciphered: [
    'dc7e84bfda79164b7ecd8486985d3860',
    '4febdc6740d20b3ac88f6ad82a4fb08d',
    '71ab47a086e86eedf39d1c5bba97c408',
    '0126141d67f37be8538f5a8be740e484',
  ],
};

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}

describe('the cipher of the raw wire', () => {
  it('draws the keys that MetaQuotes publish for Password1 and the bytes 00 to ff', () => {
    expect(passwordSecret('Password1').toString('hex')).toBe('904ba8ecb16273d2f0ae9c3b8a023752');
    const keys = deriveKeys(passwordSecret('Password1'), countingHex);
    expect(keys.key.toString('hex')).toBe(
      'b0ed3aa00c46c12260202166f84845368f57767e6a2ca7a54c85776325f7677e',
    );
    expect(keys.toServer.toString('hex')).toBe('1b6493c551ce24e2746982f0a15dc916');
    expect(keys.toClient.toString('hex')).toBe('57c68578ca6d4196107f83e6a8f4b48f');
  });

  it.each(['', countingHex.slice(2), `${countingHex}00`, 'zz'.repeat(256)])(
    'draws none from anything but 256 random bytes',
    (random) => {
      expect(() => deriveKeys(passwordSecret('Password1'), random)).toThrow(MalformedAnswer);
    },
  );

  it('is AES-256 in OFB: NIST SP 800-38A, F.4.5, in one packet or a block at a time', () => {
    const whole = cipherBody(hex(nist.key), hex(nist.iv), hex(nist.plain.join('')));
    expect(whole.body.toString('hex')).toBe(nist.ciphered.join(''));
    const cipher = new BodyCipher(hex(nist.key), hex(nist.iv));
    expect(nist.plain.map((block) => cipher.apply(hex(block)).toString('hex'))).toEqual(
      nist.ciphered,
    );
  });

  it('begins each packet with a fresh block, and drops what was left of the last one', () => {
    const cipher = new BodyCipher(hex(nist.key), hex(nist.iv));
    const first = cipher.apply(hex(nist.plain[0] ?? '').subarray(0, 3));
    expect(first).toEqual(hex(nist.ciphered[0] ?? '').subarray(0, 3));
    expect(cipher.apply(Buffer.alloc(0))).toHaveLength(0);
    expect(cipher.apply(hex(nist.plain[1] ?? '')).toString('hex')).toBe(nist.ciphered[1]);
  });

  it('is its own inverse over any packets', () => {
    const packets = fc.array(fc.uint8Array({ maxLength: 70 }), { maxLength: 8 });
    fc.assert(
      fc.property(packets, (bodies) => {
        const there = new BodyCipher(hex(nist.key), hex(nist.iv));
        const here = new BodyCipher(hex(nist.key), hex(nist.iv));
        for (const body of bodies.map((bytes) => Buffer.from(bytes))) {
          expect(here.apply(there.apply(body))).toEqual(body);
        }
      }),
    );
  });
});
