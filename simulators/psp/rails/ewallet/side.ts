import { type Side } from '../side';
import { ewalletRoutes } from './api';
import { merchant, signaturesOf, tell } from './messages';

/** An e-wallet after Skrill: Quick Checkout, the payment and query interfaces, status messages by form. */
export const ewallet: Side = {
  routes: ewalletRoutes,
  announce: tell,
  sign:
    (psp) =>
    ({ body }, forged) => {
      const secret = forged ? 'somebody else' : psp.secretOf('ewallet.secretWord');
      return { body: `${body}&${new URLSearchParams(signaturesOf(body, secret)).toString()}` };
    },
  settings: (psp, url, webhookUrl) => ({
    name: 'ewallet',
    checkoutUrl: `${url}/ewallet`,
    apiUrl: `${url}/ewallet/app`,
    email: merchant.email,
    merchantId: merchant.id,
    password: psp.secretOf('ewallet.password'),
    secretWord: psp.secretOf('ewallet.secretWord'),
    callbackUrl: `${webhookUrl}/ewallet`,
  }),
};
