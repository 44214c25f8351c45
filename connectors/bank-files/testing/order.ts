import type { CreditTransferOrder } from '../pain001/credit-transfer';

/** For tests only: euro by SEPA and three other currencies across borders, in one order. */
export const exampleOrder: CreditTransferOrder = {
  messageId: 'int01900000000070008000000000000001',
  createdAt: new Date('2026-03-02T10:00:00.123Z'),
  initiatingParty: { name: 'Keelson Markets (Cyprus) Ltd & Co', lei: '529900T8BM49AURSDO55' },
  batches: [
    {
      paymentInformationId: 'int01900000000070008000000000000002',
      executionDay: '2026-03-03',
      bookTogether: false,
      scheme: 'sepa',
      charges: 'shared',
      debtor: {
        name: 'Keelson Markets (Cyprus) Ltd',
        country: 'CY',
        lei: '529900T8BM49AURSDO55',
        account: { kind: 'iban', iban: 'CY17002001280000001200527600', currency: 'EUR' },
        bic: 'BCYPCY2N',
      },
      transfers: [
        {
          endToEndId: 'int01900000000070008000000000000003',
          amountMinor: 123_456n,
          currency: 'EUR',
          creditor: {
            name: 'Małgorzata Żółć-Müller',
            country: 'DE',
            account: { kind: 'iban', iban: 'DE89370400440532013000' },
          },
          remittance: 'Withdrawal <7> & “thanks”',
        },
      ],
    },
    {
      paymentInformationId: 'int01900000000070008000000000000004',
      executionDay: '2026-03-03',
      bookTogether: true,
      scheme: 'cross-border',
      charges: 'debtor',
      debtor: {
        name: 'Keelson Markets (Cyprus) Ltd',
        account: { kind: 'other', number: '00123-456' },
      },
      transfers: [
        {
          endToEndId: 'int01900000000070008000000000000005',
          amountMinor: 5_000n,
          currency: 'JPY',
          creditor: {
            name: '山田太郎',
            country: 'JP',
            town: 'Tōkyō',
            account: { kind: 'other', number: '1234567' },
            bic: 'BOTKJPJT',
          },
          remittance: '',
        },
        {
          endToEndId: 'int01900000000070008000000000000006',
          amountMinor: 1_001n,
          currency: 'KWD',
          creditor: {
            name: 'Example Trading W.L.L.',
            country: 'KW',
            account: { kind: 'iban', iban: 'KW81CBKU0000000000001234560101' },
            bic: 'CBKUKWKWXXX',
          },
          remittance: 'Withdrawal 9',
        },
      ],
    },
  ],
};
