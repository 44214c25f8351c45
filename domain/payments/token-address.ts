import { keccak_256 } from '@noble/hashes/sha3';
import { cryptoCurrencies } from '../currencies';

/** Networks on which tokens are paid out to clients, by the name that a custodian calls them. */
export const tokenNetworks = ['ethereum'] as const;
export type TokenNetwork = (typeof tokenNetworks)[number];

const words: Readonly<Record<TokenNetwork, string>> = { ethereum: 'Ethereum (ERC-20)' };

/** A network as people know it; a name of the settings that nothing is known of as it stands there. */
export function networkInWords(name: string): string {
  const network = tokenNetworks.find((known) => known === name);
  return network === undefined ? name : words[network];
}

/** Networks of the Ethereum Virtual Machine, as they are called here and by custodians: one key has one address on all of them. */
const evmNetworks: ReadonlySet<string> = new Set<string>([
  ...tokenNetworks,
  ...['arbitrum', 'avalanche', 'base', 'bsc', 'celo', 'gnosis', 'linea', 'optimism', 'polygon'],
]);

/**
 * The networks on which an address of this one is the same person's: all that share its kind of key and address. One that
 * has addresses of its own (Tron, Bitcoin) is alone, and so is one that nothing is known of.
 */
export function networksOfSameOwner(network: string): readonly string[] {
  return evmNetworks.has(network) ? [...evmNetworks] : [network];
}

/** An address on a network, as it is known again. */
export function addressInstrument(network: string, address: string): string {
  return `${network}/${address}`;
}

/** Whether money of the currency moves on a chain and not between banks. */
export function isToken(currency: string): boolean {
  return cryptoCurrencies.includes(currency);
}

/** EIP-55: a letter is a capital where the hash of the address says so. */
export function checksummed(address: string): string {
  const plain = address.toLowerCase().replace(/^0x/, '');
  const hash = keccak_256(new TextEncoder().encode(plain));
  const letters = [...plain].map((letter, at) => {
    const byte = hash[at >> 1] ?? 0;
    const digit = at % 2 === 0 ? byte >> 4 : byte & 0xf;
    return digit >= 8 ? letter.toUpperCase() : letter;
  });
  return `0x${letters.join('')}`;
}

/**
 * The address as it is kept, with its checksum; undefined when it is none. One whose letters are small and capital by
 * another pattern than EIP-55's was mistyped. Nobody has the key of the address that is all zeros.
 */
export function readAddress(text: string): string | undefined {
  const typed = text.trim();
  if (!/^0x[0-9a-fA-F]{40}$/.test(typed) || /^0x0{40}$/.test(typed)) return undefined;
  const letters = typed.slice(2);
  const isPlain = letters === letters.toLowerCase() || letters === letters.toUpperCase();
  const address = checksummed(typed);
  return isPlain || address === typed ? address : undefined;
}

/** As much of an address as tells one from another by eye. */
export function shortAddress(address: string): string {
  return `${address.slice(0, 6)}…${address.slice(-4)}`;
}
