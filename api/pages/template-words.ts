import Handlebars from 'handlebars';
import { formatAmount, type Money } from '../../domain/money';

/** How a state looks; the word itself always stands in it, colour is never alone. */
type Tone = 'good' | 'busy' | 'wait' | 'bad' | 'quiet';

const states: Readonly<Record<Tone, readonly string[]>> = {
  good: [
    'approved',
    'active',
    'paid',
    'done',
    'credited',
    'published',
    'running',
    'up',
    'sent',
    'clear',
    'funded',
    'true',
    'agrees',
    'low',
    'verified',
    'qualified',
  ],
  busy: [
    'checking',
    'sending',
    'provisioning',
    'paying',
    'computing',
    'accepted',
    'planned',
    'queued',
    'processing',
    'new',
  ],
  wait: [
    'in_review',
    'requested',
    'awaiting_payment',
    'submitted',
    'collecting',
    'registered',
    'application_incomplete',
    'information_requested',
    'waiting',
    'waiting_for_feed',
    'computed',
    'below_minimum',
    'draft',
    'invited',
    'maintenance',
    'paused',
    'medium',
    'near',
    'open',
    'partly_paid',
    'unreadable',
    'restricted',
  ],
  bad: [
    'rejected',
    'failed',
    'refused',
    'unknown',
    'held',
    'returned',
    'blocked',
    'disabled',
    'down',
    'strong',
    'possible',
    'suspended',
    'terminated',
    'overdue',
    'high',
    'error',
    'disagrees',
  ],
  quiet: [],
};

const tones: ReadonlyMap<string, Tone> = new Map(
  Object.entries(states).flatMap(([tone, words]) =>
    // The keys are the tones; `Object.entries` forgets that.
    words.map((word): [string, Tone] => [word, tone as Tone]),
  ),
);

/** Where an id of each kind leads in the staff console. */
const places: Readonly<Record<string, string>> = {
  cl: 'clients',
  acc: 'accounts',
  dep: 'payments',
  wd: 'payments',
  tr: 'payments',
  kyc: 'cases',
  tsk: 'tasks',
  pol: 'policies',
  set: 'settlements',
  ptr: 'partners',
  ltx: 'ledger/transactions',
};

const idShape = /^([a-z]{2,4})_[0-9a-f-]{36}$/;

/** The page of an id in the staff console; undefined for ids that have none. */
export function pageOfId(id: string): string | undefined {
  const prefix = idShape.exec(id)?.[1];
  const place = prefix === undefined ? undefined : places[prefix];
  return place === undefined ? undefined : `/staff/${place}/${id}`;
}

/** `wd_…a1b2c3d4`: the kind and what tells it apart; the whole id stays in the title. */
export function shortId(id: string): string {
  const prefix = idShape.exec(id)?.[1];
  return prefix === undefined ? id : `${prefix}_…${id.slice(-8)}`;
}

/** Digits grouped, the currency beside them, a minus for negative. */
export function moneyMarkup({ amountMinor, currency }: Money): Handlebars.SafeString {
  const [whole = '', fraction] = formatAmount(amountMinor, currency).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, '\u202f').replace('-', '−');
  const digits = fraction === undefined ? grouped : `${grouped}.${fraction}`;
  return new Handlebars.SafeString(
    `<span class="money">${digits}\u00a0<span class="currency">${currency}</span></span>`,
  );
}

const escape = (text: string) => Handlebars.escapeExpression(text);

export const wordHelpers = {
  /** `{{badge state}}`: the state in words, its tone as colour. */
  badge: (value: unknown) => {
    if (typeof value !== 'string' || value === '') return '';
    const tone = tones.get(value) ?? 'quiet';
    const text = escape(value.replaceAll('_', ' '));
    return new Handlebars.SafeString(`<span class="state state-${tone}">${text}</span>`);
  },
  /** `{{id value}}`: short, with the whole id on hover, linked where it has a page. */
  id: (value: unknown) => {
    if (typeof value !== 'string') return '';
    const href = pageOfId(value);
    const text = escape(shortId(value));
    const title = escape(value);
    return new Handlebars.SafeString(
      href === undefined
        ? `<span class="id" title="${title}">${text}</span>`
        : `<a class="id" href="${escape(href)}" title="${title}">${text}</a>`,
    );
  },
  /** `{{amount minor currency}}` of minor units that stand beside their currency. */
  amount: (minor: unknown, currency: unknown) =>
    typeof minor === 'bigint' && typeof currency === 'string'
      ? moneyMarkup({ amountMinor: minor, currency })
      : '',
  /** Parts joined to an address: `(place "/staff/tasks/" id)`. */
  place: (...parts: unknown[]) => parts.slice(0, -1).map(String).join(''),
  /** `{{count n "task" "tasks"}}` */
  count: (n: unknown, one: unknown, many: unknown) =>
    `${String(n)} ${String(n === 1 ? one : many)}`,
};
