import Handlebars from 'handlebars';
import { formatAmount, type Money } from '../../domain/money';
import { labelOf } from '../../domain/policy/edit/fields';
import { keysOf } from '../../domain/record';

/** How a state looks; the word itself always stands in it, colour is never alone. */
type Tone = 'good' | 'busy' | 'wait' | 'bad' | 'quiet';

const states: Readonly<Record<Tone, readonly string[]>> = {
  good: [
    'approved',
    'active',
    'paid',
    'done',
    'credited',
    'allocated',
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
    'processed',
    'full',
    'won',
    'standing',
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
    'working',
    'granting',
    'wanted',
  ],
  wait: [
    'in_review',
    'requested',
    'unallocated',
    'returning',
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
    'in_force',
    'paused',
    'medium',
    'near',
    'open',
    'partly_paid',
    'proposed',
    'contested',
    'unreadable',
    'restricted',
    'frozen',
    'close_only',
    'closing',
    'lifting',
    'kept',
    'over',
  ],
  bad: [
    'rejected',
    'failed',
    'refused',
    'unknown',
    'held',
    'returned',
    'lost',
    'blocked',
    'disabled',
    'down',
    'strong',
    'possible',
    'suspended',
    'terminated',
    'deceased',
    'overdue',
    'high',
    'error',
    'disagrees',
    'errored',
  ],
  quiet: [],
};

const tones: ReadonlyMap<string, Tone> = new Map(
  keysOf(states).flatMap((tone) => states[tone].map((word): [string, Tone] => [word, tone])),
);

/** Where an id of each kind leads in the staff console. */
const places: Readonly<Record<string, string>> = {
  cl: 'clients',
  acc: 'accounts',
  dep: 'payments',
  wd: 'payments',
  tr: 'payments',
  fx: 'payments',
  rcp: 'receipts',
  cor: 'corrections',
  lgh: 'legal-holds',
  ent: 'entity-proposals',
  agr: 'agreements',
  cat: 'category-requests',
  bon: 'bonuses',
  kyc: 'cases',
  tsk: 'tasks',
  pol: 'policies',
  set: 'settlements',
  shd: 'settlement-holds',
  cdp: 'commission-disputes',
  ptr: 'partners',
  ltx: 'ledger/transactions',
  blk: 'account-bulks',
  aml: 'aml-alerts',
  sar: 'suspicions',
};

const idShape = /^([a-z]{2,4})_[0-9a-f-]{36}$/;
const idsInText = /([a-z]{2,4}_[0-9a-f-]{36})/;

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

/** A time as it stands in the page before the script shows it in the viewer’s zone. */
export function utcWords(time: string): string {
  const text = new Date(time).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 16)} UTC`;
}

const escape = (text: string) => Handlebars.escapeExpression(text);

/** Helpers of every template; their names are none of the fields that views read. */
export const wordHelpers = {
  /** `{{badge state}}`: the state in words, its tone as colour. */
  badge: (value: unknown) => {
    if (typeof value !== 'string' || value === '') return '';
    const tone = tones.get(value) ?? 'quiet';
    const text = escape(value.replaceAll('_', ' '));
    return new Handlebars.SafeString(`<span class="state state-${tone}">${text}</span>`);
  },
  /** `{{idLink value}}`: short, with the whole id on hover, linked where it has a page. */
  idLink: (value: unknown) => {
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
  /** `{{linkIds text}}`: words with every id in them short and linked (`waits for task tsk_…`). */
  linkIds: (value: unknown) => {
    if (typeof value !== 'string') return '';
    const html = value
      .split(idsInText)
      .map((part) => (idShape.test(part) ? wordHelpers.idLink(part).toString() : escape(part)));
    return new Handlebars.SafeString(html.join(''));
  },
  /** `{{minor minor currency}}` of minor units that stand beside their currency. */
  minor: (minor: unknown, currency: unknown) =>
    typeof minor === 'bigint' && typeof currency === 'string'
      ? moneyMarkup({ amountMinor: minor, currency })
      : '',
  /** The minor units of a debit, positive; nothing for a credit. */
  debit: (minor: unknown) => (typeof minor === 'bigint' && minor < 0n ? -minor : undefined),
  credit: (minor: unknown) => (typeof minor === 'bigint' && minor >= 0n ? minor : undefined),
  /** Words with every id in them short, without links. */
  shortIds: (value: unknown) =>
    typeof value === 'string' ? value.split(idsInText).map(shortId).join('') : '',
  shortId: (value: unknown) => (typeof value === 'string' ? shortId(value) : ''),
  /** Parts joined to an address: `(joined "/staff/tasks/" id)`. */
  joined: (...parts: unknown[]) => parts.slice(0, -1).map(String).join(''),
  /** Whether what is wrong is said whole: it needs no name of a field before it. */
  isSentence: (value: unknown) => typeof value === 'string' && /^\p{Lu}.*\.$/su.test(value),
  /** `birthDate` → `Birth date`: a field of a form as people call it. */
  fieldWords: (value: unknown) => {
    const words = labelOf(String(value));
    return words.charAt(0).toUpperCase() + words.slice(1);
  },
  /** `{{plural n "task" "tasks"}}` */
  plural: (n: unknown, one: unknown, many: unknown) =>
    `${String(n)} ${String(n === 1 ? one : many)}`,
};
