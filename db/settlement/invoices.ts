import { z } from 'zod';
import { newId } from '../../domain/ids';
import { formatAmount } from '../../domain/money';
import { adjustmentReasons, isAdjustmentReason } from '../../domain/partners/adjustment';
import { isLineComponent, lineComponents } from '../../domain/partners/component';
import {
  drawUp,
  invoiceNumber,
  isInForce,
  wordsByLaw,
  type BilledItem,
  type BilledLine,
  type OpenInvoice,
  type Seller,
  type UsableTreatment,
} from '../../domain/partners/self-billing';
import { notFound } from '../../domain/problem';
import { asSystem, rows, type Tx } from '../connection';
import { readEntity } from '../entities';
import { appendEvents } from '../events';
import { billingOf, taxNumberOf, type PartnerBilling } from '../partner-billing';
import { decryptEach, encryptFor, erasedText } from '../personal-data';
import type { Payout } from './payouts';

/** The house on an invoice. */
export interface Buyer {
  readonly name: string;
  readonly address: string;
  readonly taxNumber: string;
}

/** An invoice that the house has written in a partner's name, or a credit note that corrects one. It never changes. */
export interface PartnerInvoice {
  readonly id: string;
  readonly kind: 'invoice' | 'credit_note';
  readonly entityId: string;
  readonly partnerId: string;
  readonly payoutId: string;
  readonly number: string;
  /** `2026-11-05`. */
  readonly issuedOn: string;
  /** `2026-10`. */
  readonly period: string;
  /** The invoice that a credit note corrects. */
  readonly corrects: { readonly id: string; readonly number: string } | null;
  readonly treatment: UsableTreatment;
  readonly seller: Seller;
  readonly buyer: Buyer;
  /** What the law wants to stand on it. */
  readonly words: readonly string[];
  readonly lines: readonly BilledLine[];
  readonly currency: string;
  readonly netMinor: bigint;
  /** Decimal string. */
  readonly vatPercent: string;
  readonly vatMinor: bigint;
  readonly grossMinor: bigint;
}

interface InvoiceRow {
  readonly id: string;
  readonly entity_id: string;
  readonly partner_id: string;
  readonly payout_id: string;
  readonly corrects: string | null;
  readonly corrected_number: string | null;
  readonly number: string;
  readonly issued_on: string;
  readonly period: string;
  readonly treatment: UsableTreatment;
  readonly seller_ct: string;
  readonly buyer: Buyer;
  readonly lines: readonly KeptLine[];
  readonly currency: string;
  readonly net_minor: string;
  readonly vat_percent: string;
  readonly vat_minor: string;
  readonly gross_minor: string;
}

interface KeptLine {
  readonly what: string;
  readonly period: string;
  readonly amountMinor: string;
}

const columns = `i.id, i.entity_id, i.partner_id, i.payout_id, i.corrects, (select c.number from partner_invoice c where c.id = i.corrects) as corrected_number,
  i.number, i.issued_on::text, i.period, i.treatment, i.seller_ct, i.buyer, i.lines, i.currency, i.net_minor, i.vat_percent, i.vat_minor, i.gross_minor`;

const sealed = z.object({
  ...{ legalName: z.string(), address: z.string(), taxNumber: z.string() },
  exemption: z.string(),
});

const field = 'invoice.seller';

async function fromRows(tx: Tx, found: readonly InvoiceRow[]): Promise<PartnerInvoice[]> {
  const texts = await asSystem(tx, (system) =>
    decryptEach(
      system,
      field,
      found.map((row) => ({ personId: row.partner_id, text: row.seller_ct })),
    ),
  );
  return found.map((row, at) => {
    const text = texts[at] ?? erasedText;
    const { exemption, ...seller } =
      text === erasedText
        ? {
            ...{ legalName: erasedText, address: erasedText, taxNumber: erasedText },
            exemption: erasedText,
          }
        : sealed.parse(JSON.parse(text));
    return {
      ...{ id: row.id, entityId: row.entity_id, partnerId: row.partner_id },
      ...{ payoutId: row.payout_id, number: row.number, issuedOn: row.issued_on },
      ...{ period: row.period, treatment: row.treatment, seller, buyer: row.buyer },
      kind: row.corrects === null ? 'invoice' : 'credit_note',
      corrects:
        row.corrects === null ? null : { id: row.corrects, number: row.corrected_number ?? '' },
      words: wordsByLaw(row.treatment, exemption),
      lines: row.lines.map((line) => ({ ...line, amountMinor: BigInt(line.amountMinor) })),
      currency: row.currency,
      netMinor: BigInt(row.net_minor),
      vatPercent: row.vat_percent,
      vatMinor: BigInt(row.vat_minor),
      grossMinor: BigInt(row.gross_minor),
    };
  });
}

/** A partner's tax data are its own: who is above in the network sees statements, and no invoices. */
const own = '(:own::text is null or i.partner_id = :own)';
const ownOf = ({ scope }: Tx) => (scope.kind === 'partner' ? scope.partnerId : null);

/** Throws `not_found` (404), also for another partner's. */
export async function readInvoice(tx: Tx, id: string): Promise<PartnerInvoice> {
  const found = await rows<InvoiceRow>(
    tx,
    `select ${columns} from partner_invoice i where i.id = :id and ${own}`,
    { id, own: ownOf(tx) },
  );
  const [invoice] = await fromRows(tx, found);
  if (!invoice) throw notFound('invoice');
  return invoice;
}

/** Invoices and credit notes that the scope may see, newest first; `after` is the last one's id. */
export async function listInvoices(
  tx: Tx,
  filter: {
    readonly entityId?: string;
    readonly partnerId?: string;
    readonly payoutId?: string;
    readonly period?: string;
    readonly after?: string;
    readonly limit: number;
  },
): Promise<PartnerInvoice[]> {
  const found = await rows<InvoiceRow>(
    tx,
    `select ${columns} from partner_invoice i
     where ${own} and (:entityId::text is null or i.entity_id = :entityId) and (:partnerId::text is null or i.partner_id = :partnerId)
       and (:payoutId::text is null or i.payout_id = :payoutId) and (:period::text is null or i.period = :period)
       and (:after::text is null or i.id < :after) order by i.id desc limit :limit`,
    {
      ...{ own: ownOf(tx), entityId: filter.entityId ?? null, partnerId: filter.partnerId ?? null },
      ...{ payoutId: filter.payoutId ?? null, period: filter.period ?? null },
      ...{ after: filter.after ?? null, limit: filter.limit },
    },
  );
  return fromRows(tx, found);
}

/**
 * Writes the invoice of a payout that is being paid in this transaction, in the partner's name, and a credit note for each
 * invoice of before that it corrects. Answers their numbers; none where self-billing is not agreed on this day. As the system.
 */
export async function issueInvoices(tx: Tx, payout: Payout): Promise<readonly string[]> {
  const billing = await billingOf(tx, payout.partnerId);
  const [clock] = await rows<{ day: string }>(
    tx,
    `select (clock_timestamp() at time zone 'UTC')::date::text as day`,
  );
  if (!clock || !billing || !isInForce(billing, clock.day)) return [];
  const { items, settlements } = await itemsOf(tx, payout);
  const open = await openInvoices(tx, payout);
  const { lines, credits } = drawUp(items, open);
  const of = { payout, billing, day: clock.day, settlements };
  const sum = (billed: readonly BilledLine[]) =>
    billed.reduce((total, { amountMinor }) => total + amountMinor, 0n);
  const credited = credits.reduce((total, credit) => total + sum(credit.lines), 0n);
  if (sum(lines) - credited !== payout.amountMinor)
    throw new Error(`the invoice of ${payout.id} does not come to what is paid`);
  const numbers = [await keep(tx, { ...of, lines, corrects: null, treatment: billing.treatment })];
  for (const { corrects, lines: back } of credits) {
    const corrected = open.find(({ id }) => id === corrects);
    if (!corrected) throw new Error(`${corrects} is not there to be corrected`);
    numbers.push(await keep(tx, { ...of, lines: back, corrects, treatment: corrected.treatment }));
  }
  return numbers;
}

async function keep(
  tx: Tx,
  of: {
    readonly payout: Payout;
    readonly billing: PartnerBilling;
    readonly day: string;
    readonly settlements: readonly string[];
    readonly lines: readonly BilledLine[];
    readonly corrects: string | null;
    readonly treatment: UsableTreatment;
  },
): Promise<string> {
  const { payout, billing, corrects } = of;
  const { entityId, partnerId, currency } = payout;
  const id = newId('partnerInvoice');
  const year = Number(of.day.slice(0, 4));
  const [series] = await rows<{ last: number }>(
    tx,
    `insert into partner_invoice_series (partner_id, year, entity_id, last) values (:partnerId, :year, :entityId, 1)
     on conflict (partner_id, year) do update set last = partner_invoice_series.last + 1 returning last`,
    { partnerId, year, entityId },
  );
  if (!series) throw new Error('the series gave no number');
  const number = invoiceNumber(year, series.last);
  const entity = await readEntity(tx, entityId);
  const { taxNumber } = await taxNumberOf(tx, entityId);
  const buyer: Buyer = { name: entity.name, address: entity.brand.postalAddress, taxNumber };
  const seller = {
    ...{ legalName: billing.legalName, address: billing.address, taxNumber: billing.taxNumber },
    exemption: billing.exemption,
  };
  const netMinor = of.lines.reduce((total, { amountMinor }) => total + amountMinor, 0n);
  await rows(
    tx,
    `insert into partner_invoice (id, entity_id, partner_id, payout_id, corrects, year, sequence, number, issued_on, period, settlements,
       billing_version, treatment, seller_ct, buyer, lines, currency, net_minor, gross_minor)
     values (:id, :entityId, :partnerId, :payoutId, :corrects, :year, :sequence, :number, :day::date, :period, :settlements::text[],
       :billingVersion, :treatment, :seller, :buyer::jsonb, :lines::jsonb, :currency, :net, :net)`,
    {
      ...{ id, entityId, partnerId, payoutId: payout.id, corrects, year, sequence: series.last },
      ...{ number, day: of.day, period: payout.period, settlements: [...of.settlements] },
      ...{ billingVersion: billing.version, treatment: of.treatment, currency },
      seller: await encryptFor(tx, partnerId, field, JSON.stringify(seller)),
      buyer: JSON.stringify(buyer),
      lines: JSON.stringify(
        of.lines.map((line): KeptLine => ({ ...line, amountMinor: line.amountMinor.toString() })),
      ),
      net: netMinor.toString(),
    },
  );
  await appendEvents(tx, [
    {
      subject: payout.id,
      type: corrects === null ? 'payout.invoiced' : 'payout.credited',
      entityId,
      payload: {
        ...{ invoice: id, number, partner: partnerId, corrects },
        ...{ amount: formatAmount(netMinor, currency), currency },
      },
    },
  ]);
  return number;
}

/** What of the partner's invoices in this currency has not been credited yet, the oldest first, and whose commission each was about. */
async function openInvoices(
  tx: Tx,
  { partnerId, currency }: Payout,
): Promise<(OpenInvoice & { readonly treatment: UsableTreatment })[]> {
  const found = await rows<{ id: string; treatment: UsableTreatment; left_minor: string }>(
    tx,
    `select i.id, i.treatment, i.net_minor - coalesce((select sum(c.net_minor) from partner_invoice c where c.corrects = i.id), 0) as left_minor
     from partner_invoice i where i.partner_id = :partnerId and i.currency = :currency and i.corrects is null order by i.id`,
    { partnerId, currency },
  );
  return found.map((row) => ({
    ...{ id: row.id, treatment: row.treatment, leftMinor: BigInt(row.left_minor) },
  }));
}

/** The settlements that a payout is about: its own, and those whose payouts were carried into it. */
const chain = `chain as (
    select id, settlement_id, partner_id, held_minor, released_minor, clawed_back_minor from settlement_payout where id = :id
    union all
    select c.id, c.settlement_id, c.partner_id, c.held_minor, c.released_minor, c.clawed_back_minor
    from settlement_payout c join chain on c.carried_into = chain.settlement_id and c.partner_id = chain.partner_id
  )`;

/** An item comes to what the payout says, to the minor unit: lines by kind, adjustments, and what was held or clawed back. */
async function itemsOf(
  tx: Tx,
  payout: Payout,
): Promise<{ readonly items: readonly BilledItem[]; readonly settlements: readonly string[] }> {
  const found = await rows<{
    settlement_id: string;
    period: string;
    kind: 'line' | 'adjustment' | 'manual' | 'held' | 'released' | 'clawed';
    component: string;
    amount_minor: string;
    corrects: string[];
  }>(
    tx,
    `with recursive ${chain}, item as (
       select o.settlement_id, 1 as ord, case when l.adjusts is null then 'line' else 'adjustment' end as kind, l.component,
         coalesce(l.adjusts, o.settlement_id) as about, sum(l.amount_minor) as amount_minor
       from chain o join settlement_line l on l.settlement_id = o.settlement_id and l.partner_id = o.partner_id group by 1, 3, 4, 5
       union all
       select o.settlement_id, 2, 'manual', a.reason_code, o.settlement_id, sum(a.amount_minor)
       from chain o join partner_adjustment a on a.taken_into = o.settlement_id and a.partner_id = o.partner_id group by 1, 4
       union all
       select o.settlement_id, n.ord, n.kind, '', o.settlement_id, n.minor from chain o
       cross join lateral (values (2, 'released', o.released_minor), (3, 'held', -o.held_minor), (4, 'clawed', -o.clawed_back_minor)) n(ord, kind, minor)
     )
     select i.settlement_id, s.period, i.kind, i.component, i.amount_minor,
       coalesce((select array_agg(v.id order by v.id) from partner_invoice v
         where i.kind = 'adjustment' and v.partner_id = :partnerId and v.corrects is null and i.about = any (v.settlements)), '{}') as corrects
     from item i join settlement s on s.id = i.about where i.amount_minor <> 0
     order by s.from_at, i.ord, i.component collate "C", i.settlement_id`,
    { id: payout.id, partnerId: payout.partnerId },
  );
  const settlements = await rows<{ settlement_id: string }>(
    tx,
    `with recursive ${chain} select settlement_id from chain order by 1`,
    { id: payout.id },
  );
  const items: BilledItem[] = [];
  let clawed = 0n;
  for (const row of found) {
    const amountMinor = BigInt(row.amount_minor);
    if (row.kind === 'clawed' && amountMinor < 0n) clawed -= amountMinor;
    else
      items.push({
        ...{ what: wordsOf(row.kind, row.component), period: row.period, amountMinor },
        corrects: row.corrects,
      });
  }
  return {
    items: [...items, ...(clawed === 0n ? [] : await clawedItems(tx, payout, clawed))],
    settlements: settlements.map((row) => row.settlement_id),
  };
}

function wordsOf(kind: string, component: string): string {
  const earned = isLineComponent(component) ? `Commission ${lineComponents[component]}` : component;
  switch (kind) {
    case 'line':
      return earned;
    case 'adjustment':
      return `${earned}, adjusted`;
    case 'manual':
      return isAdjustmentReason(component)
        ? `Adjustment: ${adjustmentReasons[component]}`
        : 'Adjustment';
    case 'held':
      return 'Held while it is looked into';
    case 'released':
      return 'Held before, released now';
    default:
      return 'Given back after a dispute';
  }
}

/**
 * By month, what of the lines that chargebacks have made unearned a payout takes back: payouts of before have taken the oldest, and
 * it goes on from there.
 */
async function clawedItems(tx: Tx, payout: Payout, clawed: bigint): Promise<BilledItem[]> {
  const found = await rows<{ period: string; unearned: string; corrects: string[] }>(
    tx,
    `select s.period, sum(l.amount_minor) as unearned,
       coalesce((select array_agg(v.id order by v.id) from partner_invoice v
         where v.partner_id = :partnerId and v.corrects is null and s.id = any (v.settlements)), '{}') as corrects
     from settlement_line l join settlement s on s.id = l.settlement_id and s.state <> 'rejected'
     where l.partner_id = :partnerId and s.plan_set = (select plan_set from settlement where id = :settlementId)
       and exists (select 1 from chargeback b join deposit d on d.id = b.deposit_id
         where b.client_id = l.client_id and b.state <> 'won' and l.closed_at <= b.created_at
           and (l.component = 'cpa' or l.closed_at >= d.credited_at))
     group by s.id, s.period, s.from_at having sum(l.amount_minor) > 0 order by s.from_at`,
    { partnerId: payout.partnerId, settlementId: payout.settlementId },
  );
  const [before] = await rows<{ minor: string }>(
    tx,
    `with recursive ${chain}
     select coalesce(sum(o.clawed_back_minor), 0) as minor from settlement_payout o join settlement s on s.id = o.settlement_id
     where o.partner_id = :partnerId and o.state <> 'cancelled' and o.id not in (select id from chain)
       and s.plan_set = (select plan_set from settlement where id = :settlementId)`,
    { id: payout.id, partnerId: payout.partnerId, settlementId: payout.settlementId },
  );
  const what = 'Clawed back after chargebacks';
  const items: BilledItem[] = [];
  let skipped = BigInt(before?.minor ?? '0');
  let rest = clawed;
  for (const { period, unearned, corrects } of found) {
    const all = BigInt(unearned);
    const gone = skipped < all ? (skipped > 0n ? skipped : 0n) : all;
    skipped -= gone;
    const taken = rest < all - gone ? rest : all - gone;
    rest -= taken;
    if (taken > 0n) items.push({ what, period, amountMinor: -taken, corrects });
  }
  return rest === 0n
    ? items
    : [...items, { what, period: payout.period, amountMinor: -rest, corrects: [] }];
}
