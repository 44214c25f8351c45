import { secp256k1 } from '@noble/curves/secp256k1';
import { keccak_256 } from '@noble/hashes/sha3';
import { inScope } from '../../db/connection';
import { seenOfDeposit } from '../../db/provider-watches';
import { readDeposit, type Deposit } from '../../db/deposits';
import {
  addTokenAddress,
  proveTokenAddress,
  readTokenAddress,
  textToSign,
} from '../../db/token-addresses';
import type { SeenSoFar } from '../../domain/payments/seen';
import { checksummed } from '../../domain/payments/token-address';
import type { TestClient } from './people';
import type { PspEffect } from './simulators';
import type { Stage } from './stage';
import { actionOf } from './payments';
import { until } from './until';

/** The address that the payer is shown. */
export function addressOf(stage: Stage, { id }: Deposit): Promise<string> {
  return until('the address to pay to', async () => {
    const action = await actionOf(stage, id);
    return action?.kind === 'crypto_address' && action.address;
  });
}

/** What has come so far, as its page tells it, once it is as asked for. */
export function seenAs(
  stage: Stage,
  { id }: Deposit,
  isAs: (seen: SeenSoFar | null) => boolean,
): Promise<true> {
  return until(`${id} to be seen so`, async () => {
    const seen = await stage.system(async (tx) => seenOfDeposit(tx, await readDeposit(tx, id)));
    if (isAs(seen)) return true;
    throw new Error(JSON.stringify(seen, (_, value: unknown) => String(value)));
  });
}

/** Adds an address whose key the client has, and signs for it where that is wanted. */
export async function ownAddress(
  stage: Stage,
  client: TestClient,
  { isProven }: { readonly isProven: boolean },
): Promise<{ readonly id: string; readonly address: string }> {
  const key = secp256k1.utils.randomPrivateKey();
  const point = secp256k1.getPublicKey(key, false);
  const address = checksummed(Buffer.from(keccak_256(point.slice(1)).slice(-20)).toString('hex'));
  stage.plant(address, address.toLowerCase());
  return inScope(stage.db, client.scope, async (tx) => {
    const { entityId, id: clientId } = client;
    const owner = { entityId, clientId };
    const added = { network: 'ethereum', address, vasp: null } as const;
    const { id } = await addTokenAddress(tx, owner, added);
    if (isProven) {
      const known = await readTokenAddress(tx, { clientId, sourceId: id });
      const signature = signedBy(key, textToSign(known));
      await proveTokenAddress(tx, owner, { sourceId: id, signature });
    }
    return { id, address };
  });
}

/** As a wallet signs a message (EIP-191). */
function signedBy(key: Uint8Array, text: string): string {
  const body = Buffer.from(text, 'utf8');
  const prefix = Buffer.from(`\u0019Ethereum Signed Message:\n${body.length}`, 'utf8');
  const signature = secp256k1.sign(keccak_256(Buffer.concat([prefix, body])), key);
  return `0x${signature.toCompactHex()}${(27 + signature.recovery).toString(16)}`;
}

/** What the custodian has sent of a currency, by our references. */
export async function sentByCustodian(stage: Stage, references: readonly string[]) {
  return (await stage.psp.effects()).filter(
    ({ operation, reference }: PspEffect) =>
      operation === 'payout' && references.includes(reference),
  );
}
