import { z } from 'zod';
import { formatAmount } from '../../domain/money';
import { notFound } from '../../domain/problem';
import {
  billingOf,
  setBilling,
  setTaxNumber,
  taxNumberOf,
  type PartnerBilling,
} from '../../db/partner-billing';
import { listInvoices, readInvoice, type PartnerInvoice } from '../../db/settlement/invoices';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { invoiceFile, invoiceFormats } from '../invoice-file';
import { defineRoute, orDownload } from '../route';
import { entityId, exampleId, idOf, moneyAnswer } from '../schemas';
import { billingFields, billingFrom, taxNumberField } from '../self-billing-fields';

const billingAnswer = z
  .object({
    partnerId: idOf('partner'),
    treatment: z.enum(['reverse_charge', 'exempt', 'not_registered']),
    ...{ legalName: z.string(), address: z.string(), taxNumber: z.string() },
    ...{ exemption: z.string(), agreement: z.string() },
    ...{ agreedOn: z.string(), endedOn: z.string().nullable(), version: z.int() },
  })
  .meta({ id: 'PartnerBilling' });

const exampleBilling = {
  partnerId: exampleId('partner'),
  treatment: 'reverse_charge' as const,
  legalName: 'North Introducers GmbH',
  address: 'Hafenstr. 1, 20457 Hamburg',
  taxNumber: 'DE123456789',
  exemption: '',
  agreement: '2026-01',
  agreedOn: '2026-10-01',
  endedOn: null,
  version: 1,
};

const showBilling = (of: PartnerBilling): z.input<typeof billingAnswer> => ({ ...of });

const taxAnswer = z
  .object({ entityId, taxNumber: z.string(), version: z.int() })
  .meta({ id: 'EntityTax' });

const exampleTax = { entityId: 'cy', taxNumber: 'CY10000000X', version: 1 };

const invoiceAnswer = z
  .object({
    id: idOf('partnerInvoice'),
    kind: z.enum(['invoice', 'credit_note']),
    entityId,
    partnerId: idOf('partner'),
    payoutId: idOf('payout'),
    number: z.string(),
    issuedOn: z.string(),
    period: z.string(),
    corrects: z.object({ id: idOf('partnerInvoice'), number: z.string() }).nullable(),
    treatment: z.enum(['reverse_charge', 'exempt', 'not_registered']),
    seller: z.object({ legalName: z.string(), address: z.string(), taxNumber: z.string() }),
    buyer: z.object({ name: z.string(), address: z.string(), taxNumber: z.string() }),
    words: z.array(z.string()).meta({ description: 'What the law wants to stand on it.' }),
    lines: z.array(z.object({ what: z.string(), period: z.string(), amount: moneyAnswer })),
    net: moneyAnswer,
    vatPercent: z.string(),
    vat: moneyAnswer,
    gross: moneyAnswer,
  })
  .meta({ id: 'PartnerInvoice' });

const exampleInvoice: z.input<typeof invoiceAnswer> = {
  id: exampleId('partnerInvoice'),
  kind: 'invoice',
  entityId: 'cy',
  partnerId: exampleId('partner'),
  payoutId: exampleId('payout'),
  number: 'SB-2026-0001',
  issuedOn: '2026-11-05',
  period: '2026-10',
  corrects: null,
  treatment: 'reverse_charge',
  seller: {
    legalName: 'North Introducers GmbH',
    address: 'Hafenstr. 1, 20457 Hamburg',
    taxNumber: 'DE123456789',
  },
  buyer: { name: 'Keelson (CY) Ltd', address: 'Limassol', taxNumber: 'CY10000000X' },
  words: ['Self-billing', 'Reverse charge'],
  lines: [
    {
      what: 'Commission per lot',
      period: '2026-10',
      amount: { amount: '42.50', currency: 'EUR' },
    },
  ],
  net: { amount: '42.50', currency: 'EUR' },
  vatPercent: '0.00',
  vat: { amount: '0.00', currency: 'EUR' },
  gross: { amount: '42.50', currency: 'EUR' },
};

function show(of: PartnerInvoice): z.input<typeof invoiceAnswer> {
  const { netMinor, vatMinor, grossMinor, currency, lines, words, ...rest } = of;
  const money = (minor: bigint) => ({ amount: formatAmount(minor, currency), currency });
  return {
    ...rest,
    words: [...words],
    lines: lines.map(({ what, period, amountMinor }) => ({
      ...{ what, period, amount: money(amountMinor) },
    })),
    ...{ net: money(netMinor), vat: money(vatMinor), gross: money(grossMinor) },
  };
}

const portal = { any: [{ partner: 'earnings.read' }, { permission: 'settlement.read' }] } as const;
const editor = { permission: 'partner.edit' } as const;
const etag = (body: unknown) => z.object({ version: z.int() }).parse(body).version;
const stale = 'stale (with the present `version`; 0: none yet)';

export const partnerInvoiceRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/partners/:id/self-billing',
    operationId: 'readSelfBilling',
    summary: 'What is agreed with a partner about self-billing; a partner sees its own',
    tags: ['Partners'],
    auth: portal,
    params: { id: idOf('partner') },
    responses: { 200: billingAnswer },
    example: { answer: { status: 200, body: exampleBilling } },
    etag,
    handle: async ({ tx, params }) => {
      const billing = await billingOf(tx, params.id);
      if (!billing) throw notFound('self-billing agreement');
      return { status: 200, body: showBilling(billing) };
    },
  }),
  defineRoute({
    method: 'PUT',
    path: '/api/v1/partners/:id/self-billing',
    operationId: 'setSelfBilling',
    summary: 'Keep what has been agreed with a partner about self-billing, or that it has ended',
    description:
      'From the day of the agreement on, each payout has an invoice in the partner’s name. `If-Match: "0"` where nothing is agreed yet.',
    tags: ['Partners'],
    auth: editor,
    params: { id: idOf('partner') },
    ifMatch: true,
    body: z.strictObject(billingFields),
    responses: { 200: billingAnswer },
    problems: {
      409: stale,
      422: 'vat_charged_unsupported, tax_number_missing, exemption_missing, exemption_not_asked, agreement_reversed, entity_tax_missing',
    },
    example: {
      body: {
        treatment: 'reverse_charge',
        legalName: exampleBilling.legalName,
        address: exampleBilling.address,
        taxNumber: exampleBilling.taxNumber,
        agreement: '2026-01',
        agreedOn: '2026-10-01',
      },
      answer: { status: 200, body: exampleBilling },
    },
    etag,
    handle: async ({ tx, params, body, expectedVersion }) => ({
      status: 200,
      body: showBilling(await setBilling(tx, params.id, { ...billingFrom(body), expectedVersion })),
    }),
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/entities/:id/tax-number',
    operationId: 'readEntityTaxNumber',
    summary: 'The tax number by which an entity is the buyer on partners’ invoices',
    tags: ['Partners'],
    auth: { permission: 'settlement.read' },
    params: { id: entityId },
    responses: { 200: taxAnswer },
    example: { answer: { status: 200, body: exampleTax } },
    etag,
    handle: async ({ tx, params }) => ({ status: 200, body: await taxNumberOf(tx, params.id) }),
  }),
  defineRoute({
    method: 'PUT',
    path: '/api/v1/entities/:id/tax-number',
    operationId: 'setEntityTaxNumber',
    summary: 'Set it, for invoices that are written from now on',
    tags: ['Partners'],
    auth: editor,
    params: { id: entityId },
    ifMatch: true,
    body: z.strictObject({ taxNumber: taxNumberField }),
    responses: { 200: taxAnswer },
    problems: { 409: stale },
    example: { body: { taxNumber: 'CY10000000X' }, answer: { status: 200, body: exampleTax } },
    etag,
    handle: async ({ tx, params, body, expectedVersion }) => ({
      status: 200,
      body: await setTaxNumber(tx, params.id, { ...body, expectedVersion }),
    }),
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/partner-invoices',
    operationId: 'listPartnerInvoices',
    summary:
      'Invoices and credit notes in partners’ names, the newest first; a partner sees its own',
    tags: ['Settlements'],
    auth: portal,
    query: {
      ...pageQuery,
      entityId: entityId.optional(),
      partnerId: idOf('partner').optional(),
      payoutId: idOf('payout').optional(),
      period: z
        .string()
        .regex(/^\d{4}-\d{2}$/, 'is not a month such as 2026-10')
        .optional(),
    },
    responses: { 200: pageOf(invoiceAnswer) },
    example: { answer: { status: 200, body: { data: [exampleInvoice], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const found = await listInvoices(tx, {
        ...(query.entityId ? { entityId: query.entityId } : {}),
        ...(query.partnerId ? { partnerId: query.partnerId } : {}),
        ...(query.payoutId ? { payoutId: query.payoutId } : {}),
        ...(query.period ? { period: query.period } : {}),
        ...after(query.cursor),
        limit: query.limit + 1,
      });
      return {
        status: 200,
        body: pageFrom(found, query.limit, { after: (invoice) => invoice.id, show }),
      };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/partner-invoices/:id',
    operationId: 'readPartnerInvoice',
    summary: 'An invoice or credit note, also as CSV or PDF',
    tags: ['Settlements'],
    auth: portal,
    params: { id: idOf('partnerInvoice') },
    query: {
      format: z
        .enum(['json', ...invoiceFormats])
        .default('json')
        .meta({ example: 'json' }),
    },
    responses: { 200: orDownload(invoiceAnswer, ['text/csv', 'application/pdf']) },
    example: { answer: { status: 200, body: exampleInvoice } },
    handle: async ({ tx, params, query }) => {
      const invoice = await readInvoice(tx, params.id);
      const body =
        query.format === 'json' ? show(invoice) : await invoiceFile(invoice, query.format);
      return { status: 200, body };
    },
  }),
];
