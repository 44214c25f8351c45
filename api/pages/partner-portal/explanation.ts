import { exponentOf } from '../../../domain/money';
import { rateInWords } from '../../../domain/partners/component';
import type { SettlementLine } from '../../../db/settlement/lines';

export interface Explained {
  readonly label: string;
  readonly value: string;
}

/** Minor units with fractions, as the engine writes them: `1234.5` of EUR is `12.345`. */
function majorOf(minor: string, currency: string): string {
  const exponent = exponentOf(currency);
  const [whole = '', fraction = ''] = minor.replace('-', '').split('.');
  const digits = whole.padStart(exponent + 1, '0');
  const units = digits.slice(0, digits.length - exponent);
  const rest = `${digits.slice(digits.length - exponent)}${fraction}`;
  return `${minor.startsWith('-') ? '−' : ''}${units}${rest === '' ? '' : `.${rest}`}`;
}

/** How a line came to its amount, step by step, in the order in which it was computed. */
export function explain(line: SettlementLine): Explained[] {
  const of = (name: string): string | undefined => {
    const value = line.explanation[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  };
  const minor = (name: string): string | undefined => {
    const value = of(name);
    return value === undefined ? undefined : `${majorOf(value, line.currency)} ${line.currency}`;
  };
  const steps: (readonly [string, string | undefined])[] = [
    ['Deals', line.tickets.map((ticket) => `#${ticket}`).join(', ')],
    ['Position', line.positionId ?? undefined],
    ['Opened at', priceAt(of('openPrice'), of('openedAt'))],
    ['Closed at', priceAt(of('closePrice'), of('closedAt'))],
    ['Symbol group', of('group')],
    ['Rate', rateOf(line, of('override'), of('ownRate'), of('below'))],
    [
      'Conversion',
      line.conversion === '' || line.rateCurrency === '%' || line.rateCurrency === line.currency
        ? undefined
        : `1 ${line.rateCurrency} = ${line.conversion} ${line.currency}${sourceOf(of('conversionSource'))}`,
    ],
    ['Lots that are paid, of opposite volume', of('paidLots')],
    ['A lot counts', of('lotModifier')],
    ['Share that is paid at this end', of('portion')],
    ['Weight for bonus money and spread', of('weight')],
    ['Step of the tier', of('step')],
    ['What the spread came to', minor('spreadMinor')],
    ['First-time deposit', minor('firstDepositMinor')],
    ['Deposits', minor('depositsMinor')],
    ['Lots', of('lots')],
    ['Settled before', minor('beforeMinor')],
    ['It comes to', minor('afterMinor')],
    ['Before rounding', minor('exactMinor')],
    ['What the deal brought in', withSource(minor('revenueMinor'), of('spreadSource'))],
    ['Before the cap', minor('beforeCapMinor')],
    ['Client was yours since', dayOf(of('attributedFrom'))],
    ['Plan', line.planVersion || undefined],
  ];
  return steps.flatMap(([label, value]) => (value ? [{ label, value }] : []));
}

function rateOf(
  line: SettlementLine,
  override: string | undefined,
  own: string | undefined,
  below: string | undefined,
): string | undefined {
  if (line.rate === '') return undefined;
  const rate = rateInWords(line);
  return override === 'difference' && own !== undefined && below !== undefined
    ? `${rate}: your ${own} less the ${below} of the partner below`
    : rate;
}

function priceAt(price: string | undefined, at: string | undefined): string | undefined {
  if (price === undefined) return undefined;
  const time = at === undefined ? undefined : new Date(at);
  const isTime = time !== undefined && !Number.isNaN(time.getTime());
  return isTime ? `${price}, ${time.toISOString().slice(0, 19).replace('T', ' ')} UTC` : price;
}

function dayOf(at: string | undefined): string | undefined {
  if (at === undefined) return undefined;
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString().slice(0, 10);
}

function sourceOf(source: string | undefined): string {
  return source === undefined ? '' : ` (${source.replaceAll('_', ' ')})`;
}

function withSource(value: string | undefined, source: string | undefined): string | undefined {
  if (value === undefined || source === undefined) return value;
  // One word for each deal that it was taken from.
  const words = new Set(source.replaceAll('_', ' ').split(/\s*,\s*/));
  return `${value}, with the spread of the ${[...words].join(' and the ')}`;
}
