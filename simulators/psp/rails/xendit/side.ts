import { type Side } from '../side';
import { xenditRoutes } from './api';
import { tell } from './messages';

/** Virtual accounts, QR codes and payouts after Xendit: a callback token, keys for idempotency. */
export const xendit: Side = {
  routes: xenditRoutes,
  announce: tell,
  sign: (psp) => (_message, forged) => ({
    headers: {
      'x-callback-token': forged ? 'somebody else' : psp.secretOf('xendit.callbackToken'),
    },
  }),
  settings: (psp, url) => ({
    name: 'xendit',
    apiUrl: `${url}/xendit`,
    secretKey: psp.secretOf('xendit.secretKey'),
    callbackToken: psp.secretOf('xendit.callbackToken'),
  }),
};
