import { readImpliedDecimal } from '../amount';
import { BankFileFault, quote } from '../fault';
import type { Doubt } from '../statement';
import { Fields, type Record } from './records';

/** What a trailer must say: the sum of all amounts, how many parts, and how many physical records. */
export class Totals {
  #sum: bigint;
  #parts = 0;
  #records: number;

  constructor(records: number, sum = 0n) {
    this.#records = records;
    this.#sum = sum;
  }

  /** A transaction (16). */
  addDetail(amount: bigint, records: number): void {
    this.#sum += amount;
    this.#records += records;
  }

  /** An account of a group, or a group of a file, whose own trailer was checked. */
  add(part: Totals): void {
    this.#sum += part.#sum;
    this.#records += part.#records;
    this.#parts += 1;
  }

  /** Compares with the trailer, which counts itself. Throws BankFileFault when it cannot be read. */
  check(trailer: Record): readonly Doubt[] {
    this.#records += trailer.physical;
    const fields = new Fields(trailer);
    const code = trailer.code;
    const sum = fields.next();
    const told = [
      sum === ''
        ? null
        : {
            field: `${code} control total`,
            said: readImpliedDecimal(sum, { line: trailer.line, field: `${code} control total` }),
            found: this.#sum,
          },
      code === '49' ? null : count(fields.next(), trailer, 'number of parts', this.#parts),
      count(fields.next(), trailer, 'number of records', this.#records),
    ];
    return told.flatMap((each) =>
      each === null || each.said === each.found
        ? []
        : [
            {
              line: trailer.line,
              field: each.field,
              reason: `says ${each.said}, and it is ${each.found}`,
            },
          ],
    );
  }
}

function count(text: string, trailer: Record, what: string, found: number) {
  const field = `${trailer.code} ${what}`;
  if (text === '') return null;
  if (/^\d{1,9}$/.test(text)) return { field, said: BigInt(text), found: BigInt(found) };
  throw new BankFileFault(trailer.line, field, `${quote(text)} is not a number`);
}
