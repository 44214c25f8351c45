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
