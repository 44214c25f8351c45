import { readProviderMessage } from '../../../db/provider-events';
import { idOf } from '../../schemas';
import { definePage } from '../page';

/** What a provider sent, byte for byte. It names the payer: who reads it is recorded. */
const providerMessage = definePage({
  path: '/staff/provider-messages/:id',
  auth: { permission: 'payment.read' },
  params: { id: idOf('providerEvent') },
  handle: async ({ tx, params }) => ({
    bytes: Buffer.from(await readProviderMessage(tx, params.id), 'utf8'),
    mediaType: 'text/plain',
  }),
});

export const providerMessagePages = [providerMessage];
