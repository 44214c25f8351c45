import { z } from 'zod';
import type { HouseAccount } from '../../domain/payments/house-account';
import { ensureBankReference } from '../../db/bank-references';
import type { Tx } from '../../db/connection';
import { houseBankAccounts } from '../../db/house-bank-accounts';
import { inTurn } from '../../db/in-turn';
import { defineRoute } from '../route';
import { clientOf } from './client-scope';

const details = z
  .object({
    currency: z.string(),
    holder: z.string(),
    bank: z.string(),
    iban: z.string(),
    bic: z.string(),
    reference: z
      .string()
      .meta({ description: 'What the payer writes on the transfer (ISO 11649).' }),
  })
  .meta({ id: 'BankTransferDetails' });

/** The house's accounts that a client can pay to, each with the client's reference. */
export async function bankTransferDetails(
  tx: Tx,
  { clientId, entityId }: { readonly clientId: string; readonly entityId: string },
  configured: readonly HouseAccount[],
): Promise<z.input<typeof details>[]> {
  const accounts = await houseBankAccounts(tx, configured);
  const own = accounts.filter((account) => account.entityId === entityId);
  return inTurn(own, async ({ currency, holder, bank, iban, bic }) => {
    const reference = await ensureBankReference(tx, { clientId, entityId, currency });
    return { currency, holder, bank, iban, bic, reference };
  });
}

export const bankTransferRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/bank-transfer-details',
    operationId: 'readBankTransferDetails',
    summary: 'Where to pay by bank transfer, and with which reference',
    description:
      'One for each currency in which the house has an account; references never change.',
    tags: ['Deposits'],
    auth: { client: true },
    responses: { 200: z.object({ data: z.array(details) }) },
    example: {
      answer: {
        status: 200,
        body: {
          data: [
            {
              ...{ currency: 'EUR', holder: 'Keelson Markets (CY) Ltd', bank: 'Sample Bank' },
              ...{ iban: 'CY17002001280000001200527600', bic: 'SMPLCY2N' },
              reference: 'RF60K777777777',
            },
          ],
        },
      },
    },
    handle: async ({ tx, scope, deps }) => ({
      status: 200,
      body: { data: await bankTransferDetails(tx, clientOf(scope), deps.bankAccounts) },
    }),
  }),
];
