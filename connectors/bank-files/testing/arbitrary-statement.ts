import fc from 'fast-check';
import type { Direction } from '../statement';

/** For tests only: a statement before any bank has put it into a format. */
export interface PlainStatement {
  readonly account: string;
  readonly currency: string;
  readonly openingMinor: bigint;
  readonly entries: readonly PlainEntry[];
}

export interface PlainEntry {
  readonly amountMinor: bigint;
  readonly direction: Direction;
  readonly bookedOn: string;
  readonly reversal: boolean;
  /** Letters and digits, as every format takes them. */
  readonly reference: string;
  readonly remittance: string;
}

const day = fc
  .date({ min: new Date('2001-01-01'), max: new Date('2078-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

const word = fc.stringMatching(/^[A-Za-z0-9.]{1,12}$/);

const entry: fc.Arbitrary<PlainEntry> = fc.record({
  amountMinor: fc.bigInt({ min: 0n, max: 10n ** 15n }),
  direction: fc.constantFrom<Direction>('credit', 'debit'),
  bookedOn: day,
  reversal: fc.boolean(),
  reference: fc.stringMatching(/^[A-Z0-9]{1,16}$/),
  remittance: fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(' ')),
});

const statement: fc.Arbitrary<PlainStatement> = fc.record({
  account: fc.stringMatching(/^[1-9][0-9]{5,19}$/),
  currency: fc.constantFrom('EUR', 'JPY', 'KWD', 'USD'),
  openingMinor: fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
  entries: fc.array(entry, { maxLength: 6 }),
});

export const statements = fc.array(statement, { minLength: 1, maxLength: 4 });

export function closingOf(plain: PlainStatement): bigint {
  return plain.entries.reduce(
    (sum, { amountMinor, direction }) =>
      sum + (direction === 'credit' ? amountMinor : -amountMinor),
    plain.openingMinor,
  );
}
