import { z } from 'zod';
import { parseAmount } from '../../../domain/money';
import { isLineReason } from '../../../domain/partners/reason';
import { partnerName } from '../../../db/partners';
import { listLines, reasonsOf } from '../../../db/settlement/lines';
import { listInvoices, readInvoice } from '../../../db/settlement/invoices';
import { listPayouts, readPayout } from '../../../db/settlement/payouts';
import { heldRows, statementCsv, statementOf } from '../../../db/settlement/statements';
import { decodeCursor, encodeCursor } from '../../cursor';
import { invoiceFile, invoiceFormats } from '../../invoice-file';
import { idOf } from '../../schemas';
import { definePage } from '../page';
import { explain } from './explanation';
import { partnerOf } from './partner-scope';
import { periodName, payoutWords } from './words';

const statementsPerPage = 24;

const statements = definePage({
  path: '/partner/statements',
  auth: { partner: 'earnings.read' },
  query: { cursor: z.string().max(500).optional() },
  handle: async ({ tx, scope, query }) => {
    const { partnerId } = partnerOf(scope);
    const after = decodeCursor(query.cursor);
    const found = await listPayouts(tx, {
      partnerId,
      ...(after === undefined ? {} : { after }),
      limit: statementsPerPage + 1,
    });
    const rows = found.slice(0, statementsPerPage);
    const last = rows.at(-1);
    return {
      view: 'partner/statements',
      title: 'Statements',
      data: {
        payouts: rows.map((payout) => ({
          ...payout,
          month: periodName(payout.period),
          status: payoutWords(payout),
        })),
        next:
          found.length > statementsPerPage && last
            ? `/partner/statements?cursor=${encodeCursor(last.id)}`
            : undefined,
      },
    };
  },
});

const linesPerPage = 50;

const statement = definePage({
  path: '/partner/statements/:id',
  auth: { partner: 'earnings.read' },
  params: { id: idOf('payout') },
  query: {
    reason: z.string().refine(isLineReason, 'is not a reason').optional(),
    cursor: z.string().max(500).optional(),
  },
  handle: async ({ tx, scope, params, query }) => {
    const payout = await readPayout(tx, params.id);
    const { settlementId, partnerId, currency } = payout;
    const after = decodeCursor(query.cursor);
    const found = await listLines(tx, {
      settlementId,
      partnerId,
      ...(query.reason && isLineReason(query.reason) ? { reason: query.reason } : {}),
      ...(after === undefined ? {} : { after }),
      limit: linesPerPage + 1,
    });
    const lines = found.slice(0, linesPerPage);
    const last = lines.at(-1);
    const path = `/partner/statements/${payout.id}`;
    const search = ({ reason, cursor }: { reason?: string | undefined; cursor?: string }) => {
      const given = new URLSearchParams({
        ...(reason === undefined ? {} : { reason }),
        ...(cursor === undefined ? {} : { cursor }),
      }).toString();
      return given === '' ? path : `${path}?${given}`;
    };
    return {
      view: 'partner/statement',
      title: `Statement of ${periodName(payout.period)}`,
      data: {
        payout,
        path,
        status: payoutWords(payout),
        // The statement of a partner below says whose it is.
        of: partnerId === partnerOf(scope).partnerId ? undefined : await partnerName(tx, partnerId),
        carried:
          payout.carriedMinor > 0n ? { amountMinor: payout.carriedMinor, currency } : undefined,
        clawedBack:
          payout.clawedBackMinor === 0n
            ? undefined
            : { amountMinor: -payout.clawedBackMinor, currency },
        held: (await heldRows(tx, payout)).map((row) => ({
          ...row,
          sum: { amountMinor: row.amountMinor, currency },
        })),
        invoices: await listInvoices(tx, { payoutId: payout.id, limit: 50 }),
        totals: (await statementOf(tx, payout)).map((row) => ({
          ...row,
          label: reasonLabels[row.reason] ?? row.reason,
          sum: { amountMinor: parseAmount(row.amount, currency), currency },
        })),
        chips: [
          { label: 'All trades', href: path, isCurrent: query.reason === undefined },
          ...(await reasonsOf(tx, { settlementId, partnerId })).map((reason) => ({
            label: `${reasonLabels[reason.reason] ?? reason.reason} (${reason.lines})`,
            href: search({ reason: reason.reason }),
            isCurrent: query.reason === reason.reason,
          })),
        ],
        lines: lines.map((line) => ({
          ...line,
          // Enough to tell two accounts apart.
          account: line.login === null ? '' : `•••${line.login.slice(-3)}`,
          steps: explain(line),
          mayAsk: line.partnerId === partnerOf(scope).partnerId,
        })),
        next:
          found.length > linesPerPage && last
            ? search({ reason: query.reason, cursor: encodeCursor(last.line) })
            : undefined,
      },
    };
  },
});

const reasonLabels: Readonly<Record<string, string>> = {
  PAID: 'Paid',
  CAPPED_BY_REVENUE: 'Capped',
  NOT_QUALIFIED_OPEN_EQUALS_CLOSE: 'Closed where opened',
  MIN_HOLD: 'Held too short',
  MIN_MOVE: 'Moved too little',
  MOVE_UNKNOWN: 'Movement not known',
  CANCELLED: 'Cancelled',
  NO_OPENING: 'Opening not on record',
  NO_PLAN: 'No plan',
  NO_RATE: 'No rate',
  ZERO_RATE: 'Rate is zero',
  NO_DIFFERENCE: 'No difference',
  BEYOND_TIERS: 'Too deep',
  OWN_TRADES: 'Own trades',
  PARTNER_TERMINATED: 'Agreement ended',
  PARTNER_DECEASED: 'Agreement ended',
  NO_CONVERSION: 'No conversion',
  ROUNDS_TO_ZERO: 'Rounds to zero',
};

const csv = definePage({
  path: '/partner/statements/:id/csv',
  auth: { partner: 'earnings.read' },
  params: { id: idOf('payout') },
  handle: async ({ tx, params }) => {
    const payout = await readPayout(tx, params.id);
    return {
      bytes: Buffer.from(await statementCsv(tx, payout), 'utf8'),
      mediaType: 'text/csv; charset=utf-8',
      fileName: `statement-${payout.period}.csv`,
    };
  },
});

const invoice = definePage({
  path: '/partner/invoices/:id',
  auth: { partner: 'earnings.read' },
  params: { id: idOf('partnerInvoice') },
  query: { format: z.enum(invoiceFormats).default('pdf') },
  handle: async ({ tx, params, query }) =>
    invoiceFile(await readInvoice(tx, params.id), query.format),
});

export const statementPages = [statements, statement, csv, invoice];
