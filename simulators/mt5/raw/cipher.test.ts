import { passwordSecret } from '../auth';
import { makeKeys, PacketCipher } from './cipher';

const counting = Buffer.from(Array.from({ length: 256 }, (_, at) => at));

function hex(bytes: string): Buffer {
  return Buffer.from(bytes, 'hex');
}

describe('the cipher of the raw protocol', () => {
  it('draws the keys that MetaQuotes publish for Password1 and the bytes 00 to ff', () => {
    const secret = passwordSecret('Password1');
    expect(secret.toString('hex')).toBe('904ba8ecb16273d2f0ae9c3b8a023752');
    const keys = makeKeys(secret, counting);
    expect(keys.key.toString('hex')).toBe(
      'b0ed3aa00c46c12260202166f84845368f57767e6a2ca7a54c85776325f7677e',
    );
    expect(keys.toServer.toString('hex')).toBe('1b6493c551ce24e2746982f0a15dc916');
    expect(keys.toClient.toString('hex')).toBe('57c68578ca6d4196107f83e6a8f4b48f');
  });

  it('is AES-256 in OFB: the example of NIST SP 800-38A, F.4.5', () => {
    const key = hex('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4');
    const cipher = new PacketCipher(key, hex('000102030405060708090a0b0c0d0e0f'));
    const plain =
      '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51' +
      '30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710';
    expect(cipher.apply(hex(plain)).toString('hex')).toBe(
      'dc7e84bfda79164b7ecd8486985d38604febdc6740d20b3ac88f6ad82a4fb08d' +
        '71ab47a086e86eedf39d1c5bba97c4080126141d67f37be8538f5a8be740e484',
    );
  });

  it('begins each packet with a fresh block, and spends none on an empty one', () => {
    const { key, toServer } = makeKeys(passwordSecret('Password1'), counting);
    const stream = new PacketCipher(key, toServer).apply(Buffer.alloc(64));
    const cipher = new PacketCipher(key, toServer);
    expect(cipher.apply(Buffer.alloc(5))).toEqual(stream.subarray(0, 5));
    expect(cipher.apply(Buffer.alloc(0))).toEqual(Buffer.alloc(0));
    expect(cipher.apply(Buffer.alloc(17))).toEqual(stream.subarray(16, 33));
    expect(cipher.apply(Buffer.alloc(16))).toEqual(stream.subarray(48, 64));
  });
});
