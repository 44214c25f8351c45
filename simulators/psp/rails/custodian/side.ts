import { signBankWebhook } from '../../signature';
import { type Side } from '../side';
import { custodianRoutes } from './api';
import { tell } from './messages';

/** Keeps a broker's tokens and sends them: one transfer for each reference for ever, signed both ways. */
export const custodian: Side = {
  routes: custodianRoutes,
  announce: tell,
  sign:
    (psp) =>
    ({ body }, forged, nowMs) => {
      const key = forged ? 'somebody else' : psp.secretOf('custodian.key');
      return { headers: { 'x-custodian-signature': signBankWebhook(key, body, nowMs) } };
    },
  settings: (psp, url) => ({
    name: 'custodian',
    apiUrl: `${url}/custodian`,
    key: psp.secretOf('custodian.key'),
    originator: 'Simulated Broker Ltd',
  }),
};
