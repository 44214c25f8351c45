import {
  checksummed,
  isToken,
  networkInWords,
  networksOfSameOwner,
  readAddress,
  shortAddress,
} from './token-address';

// EIP-55's own examples.
const examples = [
  '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
  '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
  '0x52908400098527886E0F7030069857D2E4169EE7',
  '0xde709f2102306220921060314715629080e2fb77',
];

it.each(examples)('writes %s with its checksum', (address) => {
  expect(checksummed(address.toLowerCase())).toBe(address);
  expect(readAddress(` ${address} `)).toBe(address);
  expect(readAddress(address.toLowerCase())).toBe(address);
});

it.each([
  ['a letter that was mistyped', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD'],
  ['one digit too few', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe'],
  ['no 0x', '5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'],
  ['a name', 'anna.eth'],
  ['the address of nobody', `0x${'0'.repeat(40)}`],
])('refuses %s', (_what, text) => {
  expect(readAddress(text)).toBeUndefined();
});

it('knows tokens from the money of banks', () => {
  expect(['USDT', 'USDC', 'USD', 'EUR'].map(isToken)).toEqual([true, true, false, false]);
});

it('shows an address short, and a network in words', () => {
  expect(shortAddress(examples[0] ?? '')).toBe('0x5aAe…eAed');
  expect(networkInWords('ethereum')).toBe('Ethereum (ERC-20)');
  expect(networkInWords('base')).toBe('base');
});

it.each([
  ['ethereum', 'polygon', true],
  ['polygon', 'ethereum', true],
  ['base', 'bsc', true],
  ['tron', 'tron', true],
  ['tron', 'ethereum', false],
  ['ethereum', 'tron', false],
  ['bitcoin', 'tron', false],
  ['another', 'ethereum', false],
])('an address on %s is its owner’s on %s, too: %p', (network, other, isSame) => {
  expect(networksOfSameOwner(network).includes(other)).toBe(isSame);
});
