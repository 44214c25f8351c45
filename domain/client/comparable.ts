import { normaliseName } from '../screening/normalise';

/** One word is the name of too many. */
const nameWordsMin = 2;
/** A town alone is no postal address. */
const addressWordsMin = 3;

const words = (text: string): readonly string[] => normaliseName(text).tokens;

/** A name so that two spellings of it are equal, whatever their order; empty where it tells nobody apart. */
export function comparableName(name: string): string {
  const told = [...new Set(words(name))].sort();
  return told.length < nameWordsMin ? '' : told.join(' ');
}

/** A postal address without case, accents and punctuation; empty where it is none. */
export function comparableAddress(address: string): string {
  const told = words(address);
  return told.length < addressWordsMin ? '' : told.join(' ');
}

/** Addresses of machines and houses, not of anybody on the internet: behind a proxy that is not set up all are one. */
function isInside(first: number, second: number): boolean {
  return (
    [0, 10, 127].includes(first) ||
    (first === 100 && second >= 64 && second < 128) ||
    (first === 169 && second === 254) ||
    (first === 172 && second >= 16 && second < 32) ||
    (first === 192 && second === 168)
  );
}

const ipv4 = /^(\d{1,3})\.(\d{1,3})\.\d{1,3}\.\d{1,3}$/;

/** An IP address of the internet so that one connection is one text; empty for any other. */
export function comparableIp(text: string): string {
  const ip = text.trim().replace(/^::ffff:(?=\d+\.)/i, '');
  const [, first, second] = ipv4.exec(ip) ?? [];
  if (first !== undefined) return isInside(Number(first), Number(second)) ? '' : ip;
  return networkOf(ip.replace(/%.*$/, ''));
}

const groupsOfIpv6 = 8;
/** Of IPv6 the network of one connection (/64): whoever has it changes the rest at will. */
const groupsOfNetwork = 4;

function networkOf(ip: string): string {
  if (!URL.canParse(`http://[${ip}]`)) return '';
  const plain = new URL(`http://[${ip}]`).hostname.slice(1, -1);
  const [head = '', tail = ''] = plain.split('::');
  const before = head.split(':').filter((group) => group !== '');
  const after = tail.split(':').filter((group) => group !== '');
  const zeros = Array.from({ length: groupsOfIpv6 - before.length - after.length }, () => '0');
  const groups = [...before, ...zeros, ...after];
  // Loopback and the like begin with nothing; fc00::/7 and fe80::/10 are of one house.
  if (groups[0] === '0' || /^(f[cd]..|fe[89ab].)$/.test(groups[0] ?? '')) return '';
  return groups.slice(0, groupsOfNetwork).join(':');
}
