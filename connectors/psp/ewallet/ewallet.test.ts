import { createHash } from 'node:crypto';
import { ewalletSettings, md5, sealOf } from './client';
import { verifyMessage } from './messages';
import { readAnswer, readQuery } from './wire';

it.each<[string, string, ReturnType<typeof readAnswer>]>([
  [
    'a session',
    '<?xml version="1.0" encoding="UTF-8"?>\n<response><sid>abc</sid></response>',
    { kind: 'session', sid: 'abc' },
  ],
  [
    'an error',
    '<response><error><error_msg>BALANCE_NOT_ENOUGH</error_msg></error></response>',
    { kind: 'error', code: 'BALANCE_NOT_ENOUGH' },
  ],
  [
    'a transfer',
    '<response><transaction><amount>1.20</amount><id>5</id></transaction></response>',
    { kind: 'fields', fields: { amount: '1.20', id: '5' } },
  ],
  ['a page of something in between', '<html><body>Service unavailable</body></html>', undefined],
  ['half an answer', '<response><sid>abc</sid>', undefined],
  ['nothing', '', undefined],
])('reads %s', (_what, text, answer) => {
  expect(readAnswer(text)).toEqual(answer);
});

const row =
  'transaction_id=dep_1&mb_transaction_id=5&mb_amount=9.99&mb_currency=EUR&status=2&pay_from_email=a%40b.example';

it('reads a transaction of the query interface, its amount in minor units', () => {
  expect(readQuery(`200\t\tOK\n${row}\n`)).toMatchObject({
    kind: 'found',
    rows: [{ transaction_id: 'dep_1', amountMinor: 999n, currency: 'EUR', status: '2' }],
  });
});

it.each([
  ['no such transaction', '403\t\tTransaction not found', 'absent'],
  ['a wrong password', '401\t\tCannot login', 'unreadable'],
  ['an empty list', '200\t\tOK\n', 'unreadable'],
  ['an amount finer than cents', `200\t\tOK\n${row.replace('9.99', '9.999')}`, 'unreadable'],
  ['a status nobody knows', `200\t\tOK\n${row.replace('status=2', 'status=7')}`, 'unreadable'],
  ['something else', '<html>', 'unreadable'],
])('takes %s for no more than it is', (_what, text, kind) => {
  expect(readQuery(text)).toMatchObject({ kind });
});

describe('a message', () => {
  const settings = ewalletSettings.parse({
    ...{ name: 'ewallet', checkoutUrl: 'https://pay.example', apiUrl: 'https://api.example' },
    ...{ email: 'm@wallet.example', merchantId: '4637827', password: 'p', secretWord: 'word' },
    callbackUrl: 'https://broker.example/webhooks/ewallet',
  });
  const told = {
    ...{ merchant_id: '4637827', transaction_id: 'dep_1', mb_transaction_id: '5' },
    ...{ mb_amount: '9.99', mb_currency: 'EUR', status: '2' },
  };

  function verify(fields: Readonly<Record<string, string>>, algorithm: 'md5' | 'sha256') {
    const word = md5('word').toUpperCase();
    const hash = createHash(algorithm).update(`4637827dep_1${word}9.99EUR2`).digest('hex');
    const signed = algorithm === 'md5' ? { md5sig: hash.toUpperCase() } : { sha2sig: hash };
    const form = new URLSearchParams({ ...told, ...signed, ...fields });
    return verifyMessage(settings, Buffer.from(form.toString()));
  }

  it.each(['md5', 'sha256'] as const)('holds by its %s signature', (algorithm) => {
    const facts = { type: 'payment_succeeded', operationId: 'dep_1', amountMinor: 999n };
    expect(verify({}, algorithm)).toMatchObject(facts);
  });

  it('is still the same when what nobody signed is altered', () => {
    const { eventId } = verify({}, 'sha256');
    expect(verify({ mb_transaction_id: '6' }, 'sha256').eventId).toBe(eventId);
  });

  it.each([
    ['another amount', { mb_amount: '99.99' }],
    ['another status', { status: '-2' }],
    ['another payment', { transaction_id: 'dep_2' }],
    ['a refund that is not sealed', { operation_id: 'int_1' }],
    [
      'the seal of another refund',
      { operation_id: 'int_1', operation_seal: sealOf(settings, 'int_2') },
    ],
  ])('speaks for nothing else: %s', (_what, fields) => {
    expect(() => verify(fields, 'sha256')).toThrow('bad_signature');
  });
});
