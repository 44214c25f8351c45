import { secp256k1 } from '@noble/curves/secp256k1';
import { keccak_256 } from '@noble/hashes/sha3';
import { proofText, signerOf } from './address-proof';
import { checksummed } from './token-address';

// The example of web3.js for `web3.eth.accounts.sign`.
const known = {
  text: 'Some data',
  address: '0x2c7536E3605D9C16a7a3D7b1898e529396a65c23',
  signature:
    '0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a0291c',
};

const key = '4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318';

function signed(text: string): string {
  const body = Buffer.from(text, 'utf8');
  const whole = Buffer.concat([
    Buffer.from(`\u0019Ethereum Signed Message:\n${body.length}`, 'utf8'),
    body,
  ]);
  const signature = secp256k1.sign(keccak_256(whole), key);
  return `0x${signature.toCompactHex()}${(27 + signature.recovery).toString(16)}`;
}

it('names who has signed, as wallets sign', () => {
  expect(signerOf(known.text, known.signature)).toBe(known.address);
  expect(signed(known.text)).toBe(known.signature);
});

it('reads the last byte of hardware wallets, too', () => {
  expect(signerOf(known.text, known.signature.replace(/1c$/, '01'))).toBe(known.address);
});

it('names somebody else, or nobody, when a text or a signature was changed', () => {
  expect(signerOf('Some data.', known.signature)).not.toBe(known.address);
  expect(signerOf(known.text, known.signature.replace(/1c$/, '1b'))).not.toBe(known.address);
  expect(signerOf(known.text, known.signature.replace(/1c$/, '1f'))).toBeUndefined();
  expect(signerOf(known.text, `0x${'0'.repeat(128)}1b`)).toBeUndefined();
  expect(signerOf(known.text, `0x${'f'.repeat(128)}1b`)).toBeUndefined();
  expect(signerOf(known.text, 'signed')).toBeUndefined();
});

it('proves one address under one reference alone', () => {
  const point = secp256k1.getPublicKey(key, false);
  const address = checksummed(Buffer.from(keccak_256(point.slice(1)).slice(-20)).toString('hex'));
  const signature = signed(proofText({ address, sourceId: 'src_1' }));
  expect(signerOf(proofText({ address, sourceId: 'src_1' }), signature)).toBe(address);
  expect(signerOf(proofText({ address, sourceId: 'src_2' }), signature)).not.toBe(address);
});
