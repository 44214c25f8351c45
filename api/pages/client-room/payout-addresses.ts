import { z } from 'zod';
import { networkInWords, tokenNetworks } from '../../../domain/payments/token-address';
import { ownSource } from '../../../db/payment-sources';
import { effectivePolicy } from '../../../db/policies';
import {
  addTokenAddress,
  assertOwnAddress,
  proveTokenAddress,
  readTokenAddress,
  textToSign,
} from '../../../db/token-addresses';
import { clientOf } from '../../routes/client-scope';
import { signature, tokenAddress } from '../../routes/payout-addresses';
import { idOf, line } from '../../schemas';
import { defineForm, definePage } from '../page';

const addressPage = definePage({
  path: '/client/addresses/new',
  auth: { client: true },
  handle: async ({ tx, scope }) => {
    const { compiled } = await effectivePolicy(tx, 'withdrawal', clientOf(scope));
    return {
      view: 'client/address',
      title: 'Add an address',
      data: {
        networks: tokenNetworks.map((value) => ({ value, label: networkInWords(value) })),
        network: tokenNetworks[0],
        coolingHours: compiled.effective.parameters.coolingHours,
      },
    };
  },
});

const addressForm = defineForm({
  path: '/client/addresses/new',
  auth: { client: true },
  body: { network: z.enum(tokenNetworks), address: tokenAddress, vasp: line(100).optional() },
  page: addressPage,
  handle: async ({ tx, scope, body }) => {
    const vasp = body.vasp ?? null;
    const { id } = await addTokenAddress(tx, clientOf(scope), { ...body, vasp });
    return {
      // An exchange signs nothing for its customers.
      to: vasp === null ? `/client/addresses/${id}` : '/client/cashier/withdraw',
      flash: 'Your address has been added.',
    };
  },
});

const proofPage = definePage({
  path: '/client/addresses/:id',
  auth: { client: true },
  params: { id: idOf('source') },
  handle: async ({ tx, scope, params }) => {
    const { clientId } = clientOf(scope);
    const of = { clientId, sourceId: params.id };
    await assertOwnAddress(tx, of);
    const known = await readTokenAddress(tx, of);
    const { label, provenAt } = await ownSource(tx, { clientId }, params.id);
    return {
      view: 'client/address-proof',
      title: 'Prove an address',
      data: { id: params.id, label, provenAt, address: known.address, text: textToSign(known) },
    };
  },
});

const proofForm = defineForm({
  path: '/client/addresses/:id',
  auth: { client: true },
  params: { id: idOf('source') },
  body: { signature },
  page: proofPage,
  handle: async ({ tx, scope, params, body }) => {
    await proveTokenAddress(tx, clientOf(scope), { sourceId: params.id, ...body });
    return { to: `/client/addresses/${params.id}`, flash: 'The address is proven to be yours.' };
  },
});

export const payoutAddressPages = [addressPage, addressForm, proofPage, proofForm];
