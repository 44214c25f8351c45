import { Problem } from '../problem';

/** How value added tax is dealt with on what a partner is paid. */
export const vatTreatments = ['reverse_charge', 'exempt', 'not_registered', 'charged'] as const;
export type VatTreatment = (typeof vatTreatments)[number];
/** Those that add nothing to what is paid. */
export type UsableTreatment = Exclude<VatTreatment, 'charged'>;

/** What stands on an invoice about the partner, in whose name it is written. */
export interface Seller {
  readonly legalName: string;
  /** With line breaks. */
  readonly address: string;
  /** VAT number, or that of the tax office; empty where there is none. */
  readonly taxNumber: string;
}

/** What is agreed with a partner about self-billing. */
export interface SelfBilling extends Seller {
  readonly treatment: VatTreatment;
  /** Which provision exempts it, as it has to stand on the invoice; empty with any other treatment. */
  readonly exemption: string;
  /** Which wording of the agreement: the house's own name for it, such as "2026-01". */
  readonly agreement: string;
  /** `2026-10-01`; the first day on which an invoice is written. */
  readonly agreedOn: string;
  /** From this day on nothing is written in the partner's name; null while the agreement stands. */
  readonly endedOn: string | null;
}

/**
 * Refuses what no lawful invoice could be written by: 422 `vat_charged_unsupported`, `tax_number_missing`, `exemption_missing`,
 * `exemption_not_asked`, `agreement_reversed`.
 */
export function assertUsable(of: SelfBilling): SelfBilling & { treatment: UsableTreatment } {
  const { treatment } = of;
  if (treatment === 'charged')
    throw wrong('vat_charged_unsupported', 'treatment', 'adds VAT to what is paid out');
  if (treatment === 'reverse_charge' && of.taxNumber === '')
    throw wrong('tax_number_missing', 'taxNumber', 'is asked for by a reverse charge');
  if (treatment === 'exempt' && of.exemption === '')
    throw wrong('exemption_missing', 'exemption', 'has to name what exempts from VAT');
  if (treatment !== 'exempt' && of.exemption !== '')
    throw wrong('exemption_not_asked', 'exemption', 'is for an exempt partner alone');
  if (of.endedOn !== null && of.endedOn < of.agreedOn)
    throw wrong('agreement_reversed', 'endedOn', 'is before the day of the agreement');
  return { ...of, treatment };
}

const details = {
  vat_charged_unsupported:
    'VAT on top of commission is not paid out: a partner who charges it writes the invoices itself.',
  tax_number_missing: 'A reverse charge needs the partner’s VAT number.',
  exemption_missing: 'An exempt invoice names the provision that exempts it.',
  exemption_not_asked: 'Only an exempt invoice names what exempts it.',
  agreement_reversed: 'The agreement ends before it begins.',
} as const;

function wrong(code: keyof typeof details, field: string, detail: string): Problem {
  return new Problem({
    ...{ status: 422, code, detail: details[code] },
    errors: [{ pointer: `/body/${field}`, detail }],
  });
}

/** Whether something may be written in the partner's name on the day (`2026-11-05`). */
export function isInForce(
  { agreedOn, endedOn }: Pick<SelfBilling, 'agreedOn' | 'endedOn'>,
  day: string,
): boolean {
  return agreedOn <= day && (endedOn === null || day < endedOn);
}

/** The words that the law asks for: VAT directive 2006/112/EC, article 226 (10a), (11) and (11a). */
export function wordsByLaw(treatment: UsableTreatment, exemption: string): string[] {
  const own = {
    reverse_charge: ['Reverse charge'],
    exempt: [`Exempt from VAT: ${exemption}`],
    not_registered: ['The supplier is not registered for VAT; no VAT is charged.'],
  } satisfies Record<UsableTreatment, string[]>;
  return ['Self-billing', ...own[treatment]];
}

/** What a payout is made of: what one kind of thing came to for one period. */
export interface BilledItem {
  readonly what: string;
  /** `2026-10`. */
  readonly period: string;
  readonly amountMinor: bigint;
  /** Invoices that it may correct when it is below zero, the first one first. */
  readonly corrects: readonly string[];
}

/** An invoice of before, and what has not been credited of it. */
export interface OpenInvoice {
  readonly id: string;
  readonly leftMinor: bigint;
}

export interface BilledLine {
  readonly what: string;
  readonly period: string;
  /** Above zero, but for what no invoice can be credited for. */
  readonly amountMinor: bigint;
}

export interface DrawnUp {
  /** They sum to what is paid and all that is credited. */
  readonly lines: readonly BilledLine[];
  /** By invoice of before; amounts above zero. */
  readonly credits: readonly { readonly corrects: string; readonly lines: readonly BilledLine[] }[];
}

/**
 * Divides a payout into an invoice and credit notes: what is below zero is credited to the invoices that it corrects, as far as
 * they go; what is left of it lowers the new one.
 */
export function drawUp(items: readonly BilledItem[], open: readonly OpenInvoice[]): DrawnUp {
  const left = new Map(open.map(({ id, leftMinor }) => [id, leftMinor]));
  const credits = new Map<string, BilledLine[]>();
  const lines: BilledLine[] = [];
  for (const { what, period, amountMinor, corrects } of items) {
    let rest = amountMinor;
    for (const id of corrects) {
      const room = left.get(id) ?? 0n;
      const taken = rest < 0n && room > 0n ? (-rest < room ? -rest : room) : 0n;
      if (taken === 0n) continue;
      left.set(id, room - taken);
      credits.set(id, [...(credits.get(id) ?? []), { what, period, amountMinor: taken }]);
      rest += taken;
    }
    if (rest !== 0n) lines.push({ what, period, amountMinor: rest });
  }
  return {
    lines,
    credits: [...credits].map(([corrects, credited]) => ({ corrects, lines: credited })),
  };
}

/** `SB-2026-0007`: the seventh that was written in the partner's name in the year, invoice or credit note. */
export function invoiceNumber(year: number, sequence: number): string {
  return `SB-${year}-${String(sequence).padStart(4, '0')}`;
}
