import { isCurrency, parseAmount } from '../../domain/money';
import { CsvFault, type CsvRow, readCsvTable } from '../../domain/csv-table';
import { SettleFault } from './settle-fault';

const decimal = /^-?\d{1,14}(\.\d{1,10})?$/;
const lots = /^(\d{1,10})(?:\.(\d{1,8}))?$/;
const moment = /^[12]\d{3}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/;

/** The cells of one row, each read as what it has to be; what it is not is a fault that names the cell. */
export class Cells {
  constructor(
    readonly file: string,
    private readonly row: CsvRow,
  ) {}

  fault(field: string, reason: string): SettleFault {
    return new SettleFault(this.file, `line ${this.row.line}`, field, reason);
  }

  /** Undefined when the cell is empty. */
  optional(field: string): string | undefined {
    const text = this.row.cells[field] ?? '';
    if (text.includes('\0')) throw this.fault(field, 'has a character that cannot be kept');
    return text === '' ? undefined : text;
  }

  text(field: string): string {
    const text = this.optional(field);
    if (text === undefined) throw this.fault(field, 'is missing');
    if (text.length > 200) throw this.fault(field, 'is longer than 200 characters');
    return text;
  }

  choice<T extends string>(field: string, choices: readonly T[]): T {
    const text = this.text(field);
    const found = choices.find((choice) => choice === text);
    if (found === undefined) throw this.fault(field, `is none of ${choices.join(', ')}`);
    return found;
  }

  whole(field: string): string {
    const text = this.text(field);
    if (!/^\d{1,18}$/.test(text)) throw this.fault(field, 'is not a whole number');
    // One number, however it is written.
    return BigInt(text).toString();
  }

  decimal(field: string): string {
    const text = this.text(field);
    if (!decimal.test(text)) throw this.fault(field, 'is not a decimal, such as 1.10021');
    return text;
  }

  optionalDecimal(field: string): string | null {
    return this.optional(field) === undefined ? null : this.decimal(field);
  }

  /** RFC 3339 in UTC, with milliseconds. */
  time(field: string): string {
    const text = this.text(field);
    const at = new Date(text);
    // 30 February is read as 2 March.
    const isReal = !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text.slice(0, 19));
    if (!moment.test(text) || !isReal)
      throw this.fault(field, 'is not a time in UTC, such as 2026-10-05T10:00:00Z');
    return at.toISOString();
  }

  optionalTime(field: string): string | null {
    return this.optional(field) === undefined ? null : this.time(field);
  }

  currency(field: string): string {
    const text = this.text(field);
    if (!isCurrency(text)) throw this.fault(field, 'is not a currency known here');
    return text;
  }

  /** In minor units of the currency; nothing is zero. */
  minor(field: string, currency: string): string {
    const text = this.optional(field) ?? '0';
    try {
      return parseAmount(text, currency).toString();
    } catch {
      throw this.fault(field, `is not an amount in ${currency}`);
    }
  }

  optionalMinor(field: string, currency: string): string | null {
    return this.optional(field) === undefined ? null : this.minor(field, currency);
  }

  /** 1e-8 lots. */
  lots(field: string): string {
    const [, whole, part = ''] = lots.exec(this.text(field)) ?? [];
    if (whole === undefined) throw this.fault(field, 'is not a number of lots, such as 0.01');
    return BigInt(whole + part.padEnd(8, '0')).toString();
  }

  optionalLots(field: string): string | null {
    return this.optional(field) === undefined ? null : this.lots(field);
  }

  yes(field: string): boolean {
    return this.optional(field) !== undefined && this.choice(field, ['yes', 'no']) === 'yes';
  }
}

/** The rows of a file. Throws SettleFault. */
export function cellsOf(
  file: string,
  text: string,
  columns: { required: readonly string[]; optional?: readonly string[] },
): Cells[] {
  try {
    return readCsvTable(text, columns).map((row) => new Cells(file, row));
  } catch (error) {
    if (!(error instanceof CsvFault)) throw error;
    throw new SettleFault(file, `line ${error.line}`, error.field, error.reason);
  }
}
