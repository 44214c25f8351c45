import { type Side } from '../side';
import { fawryRoutes } from './api';
import { merchantCode, signatureOf, tell } from './messages';

/** Payment by reference number after FawryPay: SHA-256 over the fields, server notifications V2. */
export const fawry: Side = {
  routes: fawryRoutes,
  announce: tell,
  sign:
    (psp) =>
    ({ body }, forged) => {
      const notice = JSON.parse(body) as Readonly<Record<string, string | number>>;
      const key = forged ? 'somebody else' : psp.secretOf('fawry.secureKey');
      return { body: JSON.stringify({ ...notice, messageSignature: signatureOf(notice, key) }) };
    },
  settings: (psp, url) => ({
    name: 'fawry',
    apiUrl: `${url}/fawry`,
    merchantCode,
    secureKey: psp.secretOf('fawry.secureKey'),
  }),
};
