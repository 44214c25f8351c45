import type { ShownAction } from '../../../domain/payments/next-action.schema';
import { showAction } from './next-action';
import { qrPicture } from './qr-picture';

const expiresAt = '2026-12-01T12:00:00.000Z';

it.each<[ShownAction, object]>([
  [{ kind: 'redirect', url: 'https://pay.example/1' }, { url: 'https://pay.example/1' }],
  [
    { kind: 'reference', number: '963852741', expiresAt },
    { facts: [{ label: 'Number', value: '963852741' }], until: expiresAt },
  ],
  [{ kind: 'phone_prompt', expiresAt: null }, { text: expect.stringContaining('your PIN') }],
  [
    {
      ...{ kind: 'virtual_account', bankCode: 'BCA', accountNumber: '88089999' },
      ...{ accountName: 'A Payer', expiresAt },
    },
    {
      facts: [
        { label: 'Bank', value: 'BCA' },
        { label: 'Account number', value: '88089999' },
        { label: 'Account name', value: 'A Payer' },
      ],
    },
  ],
  [
    {
      ...{ kind: 'crypto_address', chain: 'ethereum', token: 'USDT', address: '0xabc' },
      ...{ confirmations: 3, expiresAt },
    },
    { qr: qrPicture('0xabc'), facts: expect.arrayContaining([{ label: 'Token', value: 'USDT' }]) },
  ],
  [{ kind: 'none' }, { facts: [] }],
])('says what to do: %o', (action, shown) => {
  expect(showAction(action)).toMatchObject({ kind: action.kind, ...shown });
});

it('says nothing when there is nothing to do', () => {
  expect(showAction(null)).toBeUndefined();
});

it('draws a code with its three corners and the quiet around it', () => {
  const { side, path } = qrPicture('00020101021226570011ID.DANA.WWW');
  // Version 3 has 29 squares each way.
  expect(side).toBe(29 + 8);
  expect(path).toContain('M4 4h7v1h-7z');
  expect(path).toContain(`M${side - 11} 4h7v1h-7z`);
  expect(path).toContain(`M4 ${side - 5}h7v1h-7z`);
  expect(path).not.toMatch(/M[0-3] /);
});
