import { z } from 'zod';
import { readAddress, tokenNetworks } from '../../domain/payments/token-address';
import {
  addTokenAddress,
  assertOwnAddress,
  proveTokenAddress,
  readTokenAddress,
  textToSign,
} from '../../db/token-addresses';
import { defineRoute } from '../route';
import { exampleId, idOf, line } from '../schemas';
import { clientOf } from './client-scope';
import { showSource, sourceAnswer } from './payment-sources';

/** An address as somebody types it: kept with its checksum, refused when that is wrong. */
export const tokenAddress = z
  .string()
  .max(80)
  .transform((text, context) => {
    const address = readAddress(text);
    if (address !== undefined) return address;
    context.addIssue({ code: 'custom', message: 'is no address: please check every letter' });
    return z.NEVER;
  });

/** As a wallet gives it: 65 bytes in hex. */
export const signature = z
  .string()
  .trim()
  .regex(/^0x[0-9a-fA-F]{130}$/, 'is no signature: 0x and 130 digits');

const example = {
  id: exampleId('source'),
  kind: 'crypto_address' as const,
  provider: 'custodian',
  label: 'Address 0x5aAe…eAed, Ethereum (ERC-20)',
  expiresOn: null,
  state: 'active',
  provenAt: null,
};
const address = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const params = { id: idOf('source') };

export const payoutAddressRoutes = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/payout-addresses',
    operationId: 'addPayoutAddress',
    summary: 'Add an address of your own that tokens may be paid to',
    tags: ['Payment sources'],
    auth: { client: true },
    body: z.strictObject({
      network: z.enum(tokenNetworks),
      address: tokenAddress.meta({ example: address }),
      vasp: line(100)
        .optional()
        .meta({ description: 'The exchange that keeps it; left out for a wallet of your own.' }),
    }),
    responses: { 201: sourceAnswer },
    problems: { 409: 'already_added, too_many', 422: 'own_deposit_address' },
    example: {
      body: { network: 'ethereum', address },
      answer: { status: 201, body: example },
    },
    handle: async ({ tx, scope, body }) => ({
      status: 201,
      body: showSource(
        await addTokenAddress(tx, clientOf(scope), { ...body, vasp: body.vasp ?? null }),
      ),
    }),
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/payout-addresses/:id/proof',
    operationId: 'readAddressProof',
    summary: 'Read the text whose signature proves an address to be yours',
    tags: ['Payment sources'],
    auth: { client: true },
    params,
    responses: { 200: z.object({ address: z.string(), text: z.string() }) },
    example: {
      answer: {
        status: 200,
        body: { address, text: `This address is mine …\nAddress: ${address}` },
      },
    },
    handle: async ({ tx, scope, params: { id } }) => {
      const of = { clientId: clientOf(scope).clientId, sourceId: id };
      await assertOwnAddress(tx, of);
      const known = await readTokenAddress(tx, of);
      return { status: 200, body: { address: known.address, text: textToSign(known) } };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/payout-addresses/:id/proof',
    operationId: 'provePayoutAddress',
    summary: 'Prove an address to be yours by a signature of its key',
    description: 'EIP-191 (`personal_sign`) over the text of `GET …/proof`. No money moves by it.',
    tags: ['Payment sources'],
    auth: { client: true },
    params,
    body: z.strictObject({ signature }),
    responses: { 200: sourceAnswer },
    problems: { 422: 'wrong_signature' },
    example: {
      body: { signature: `0x${'5c'.repeat(64)}1b` },
      answer: { status: 200, body: { ...example, provenAt: '2026-11-23T20:15:00.000000Z' } },
    },
    handle: async ({ tx, scope, params: { id }, body }) => ({
      status: 200,
      body: showSource(
        await proveTokenAddress(tx, clientOf(scope), { sourceId: id, signature: body.signature }),
      ),
    }),
  }),
];
