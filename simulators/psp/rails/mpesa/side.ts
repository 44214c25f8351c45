import { type Side } from '../side';
import { mpesaRoutes } from './api';
import { shortCode, initiator, tell } from './messages';

/** M-Pesa after Daraja: a prompt on the payer's phone, payments to phones, results to the address in the request. */
export const mpesa: Side = {
  routes: mpesaRoutes,
  announce: tell,
  // Nothing is signed: who does not know the address cannot call it.
  sign:
    () =>
    ({ url }, forged) =>
      forged ? { url: url.replace(/[0-9a-f]$/, (mark) => (mark === '0' ? '1' : '0')) } : {},
  settings: (psp, url, webhookUrl) => ({
    name: 'mpesa',
    apiUrl: `${url}/mpesa`,
    consumerKey: psp.secretOf('mpesa.consumerKey'),
    consumerSecret: psp.secretOf('mpesa.consumerSecret'),
    shortCode,
    passKey: psp.secretOf('mpesa.passKey'),
    initiatorName: initiator,
    securityCredential: psp.secretOf('mpesa.securityCredential'),
    callbackUrl: `${webhookUrl}/mpesa`,
    callbackSecret: psp.secretOf('mpesa.callbackSecret'),
  }),
};
