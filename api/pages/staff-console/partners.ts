import { z } from 'zod';
import { may } from '../../../domain/access/scope';
import {
  adjustmentReasonCodes,
  adjustmentReasons,
  isAdjustmentReason,
} from '../../../domain/partners/adjustment';
import { filedPartnersMax } from '../../../domain/partners/network-file';
import { scheduleKinds } from '../../../domain/partners/period';
import {
  endedStates,
  isEnded,
  type PartnerState,
  standingReasonCodes,
  standingReasons,
} from '../../../domain/partners/standing';
import { malformed } from '../../../domain/problem';
import { referredClients } from '../../../db/attributions';
import type { Tx } from '../../../db/connection';
import { importNetwork } from '../../../db/network-import';
import {
  proposeEnding,
  reinstatePartner,
  standingsOf,
  suspendPartner,
} from '../../../db/partner-standing';
import { tasksOfSubjects } from '../../../db/task-lists';
import { changeSchedule, createPlanSet, listPlanSets, readPlanSet } from '../../../db/plan-sets';
import {
  createPartner,
  type Partner,
  listPartners,
  movePartner,
  partnerName,
  partnerNames,
  readPartner,
  referralLinks,
} from '../../../db/partners';
import { billingOf, setBilling, setTaxNumber, taxNumberOf } from '../../../db/partner-billing';
import { listAdjustments, proposeAdjustment } from '../../../db/settlement/manual';
import { listInvoices, readInvoice } from '../../../db/settlement/invoices';
import { earningsOf, listPayouts } from '../../../db/settlement/payouts';
import { timelineOfSubjects } from '../../../db/timeline';
import { listEntities } from '../../../db/entities';
import { currencies } from '../../../domain/money';
import { faultWords, importModes, networkUpload, readUploadedNetwork } from '../../network-upload';
import { invoiceFile, invoiceFormats } from '../../invoice-file';
import { adjustmentAmount, currency, email, entityId, idOf, line } from '../../schemas';
import { billingFields, billingFrom, taxNumberField } from '../../self-billing-fields';
import { defineForm, definePage } from '../page';
import { showEvents } from './events';
import { chipsOf } from './lists';

/** More partners than this are not drawn as one tree. */
const treeMax = 500;

interface Branch {
  readonly id: string;
  readonly name: string;
  readonly level: number;
  readonly state: string;
  readonly planSet: string;
  readonly payoutCurrency: string;
  readonly entityId: string;
}

/** The networks, each partner below the one above. */
const partnersPage = definePage({
  path: '/staff/partners',
  auth: { permission: 'partner.read' },
  query: { set: idOf('planSet').optional() },
  handle: async ({ tx, scope, query }) => {
    const found = await listPartners(tx, {
      ...(query.set ? { planSet: query.set } : {}),
      limit: treeMax,
    });
    const sets = await listPlanSets(tx, { limit: 100 });
    const names = await namesOf(tx, found);
    const branches = found.map((partner) => ({
      ...partner,
      name: names.get(partner.id) ?? partner.id,
    }));
    return {
      view: 'staff/partners',
      title: 'Partners',
      data: {
        partners: inTreeOrder(branches).map((branch) => ({
          ...branch,
          planSetName: sets.find((set) => set.id === branch.planSet)?.name,
        })),
        isCut: found.length === treeMax,
        planSets: sets,
        sets: chipsOf('/staff/partners', query, {
          name: 'set',
          all: 'Every plan set',
          options: sets.map(({ id, name }) => ({ value: id, label: name })),
        }),
        ...(may(scope, 'partner.edit') ? await formOptions(tx, branches) : {}),
      },
    };
  },
});

/** Parents before children, siblings by name; a partner whose parent is filtered away stands at the top. */
function inTreeOrder<T extends Branch & { readonly parentId: string | null }>(
  branches: readonly T[],
): T[] {
  const known = new Set(branches.map((branch) => branch.id));
  const below = new Map<string, T[]>();
  for (const branch of branches) {
    const parent = branch.parentId !== null && known.has(branch.parentId) ? branch.parentId : '';
    below.set(parent, [...(below.get(parent) ?? []), branch]);
  }
  const walk = (parent: string): T[] =>
    [...(below.get(parent) ?? [])]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((branch) => [branch, ...walk(branch.id)]);
  return walk('');
}

async function formOptions(tx: Tx, branches: readonly Branch[]) {
  return {
    mayEdit: true,
    filedPartnersMax,
    parentOptions: branches.map(({ id, name }) => ({ value: id, label: name })),
    planSetOptions: (await listPlanSets(tx, { limit: 100 })).map(({ id, name }) => ({
      value: id,
      label: name,
    })),
    entityOptions: (await listEntities(tx)).map(({ id, name }) => ({ value: id, label: name })),
    currencyOptions: currencies.map((code) => ({ value: code, label: code })),
    periodOptions: [...scheduleKinds].reverse().map((kind) => ({ value: kind, label: kind })),
  };
}

const partnerPage = definePage({
  path: '/staff/partners/:id',
  auth: { permission: 'partner.read' },
  params: { id: idOf('partner') },
  handle: async ({ tx, scope, params }) => {
    const partner = await readPartner(tx, params.id);
    const children = await listPartners(tx, { parentId: partner.id, limit: 200 });
    const names = await namesOf(tx, children);
    const below = children.map((child) => ({ ...child, name: names.get(child.id) ?? child.id }));
    return {
      view: 'staff/partner',
      title: await partnerName(tx, partner.id),
      data: {
        partner,
        parentName: partner.parentId === null ? '' : await partnerName(tx, partner.parentId),
        planSet: await readPlanSet(tx, partner.planSet),
        below,
        links: await referralLinks(tx, partner.id),
        clients: await referredClients(tx, { partnerId: partner.id, limit: 100 }),
        ...(may(scope, 'settlement.read')
          ? {
              earnings: await earningsOf(tx, partner.id),
              payouts: await listPayouts(tx, { partnerId: partner.id, limit: 24 }),
              ...(await selfBillingOf(tx, partner)),
              adjustments: (await listAdjustments(tx, { partnerId: partner.id, limit: 24 })).map(
                ({ reasonCode, ...each }) => ({ ...each, what: adjustmentWords(reasonCode) }),
              ),
            }
          : {}),
        events: await showEvents(tx, await timelineOfSubjects(tx, [partner.id], 100)),
        standings: await standingsOf(tx, partner.id),
        openTasks: (await tasksOfSubjects(tx, [partner.id])).filter(
          ({ state }) => state === 'open',
        ),
        ...(may(scope, 'settlement.run')
          ? {
              adjustmentReasons: adjustmentReasonCodes.map((value) => ({
                ...{ value, label: adjustmentWords(value) },
              })),
            }
          : {}),
        ...(may(scope, 'partner.edit')
          ? { mayEdit: true, places: await placesFor(tx, partner), ...standingForms(partner) }
          : {}),
      },
    };
  },
});

/** What is agreed about self-billing, and what was written. */
async function selfBillingOf(tx: Tx, { id, entityId: entity }: Partner) {
  const { taxNumber } = await taxNumberOf(tx, entity);
  const billing = await billingOf(tx, id);
  return {
    billing: billing && { ...billing, treatmentWords: treatmentWords[billing.treatment] },
    isTaxNumberKnown: taxNumber !== '',
    treatments: Object.entries(treatmentWords).map(([value, label]) => ({ value, label })),
    invoices: await listInvoices(tx, { partnerId: id, limit: 24 }),
  };
}

const treatmentWords = {
  reverse_charge: 'Reverse charge',
  exempt: 'Exempt',
  not_registered: 'Not registered for VAT',
  charged: 'Charged at a rate (writes its own invoices)',
} as const;

const selfBillingForm = defineForm({
  path: '/staff/partners/:id/self-billing',
  auth: { permission: 'partner.edit' },
  params: { id: idOf('partner') },
  body: { ...billingFields, billingVersion: z.coerce.number().int() },
  page: partnerPage,
  handle: async ({ tx, params, body: { billingVersion, ...given } }) => {
    await setBilling(tx, params.id, { ...billingFrom(given), expectedVersion: billingVersion });
    return {
      to: `/staff/partners/${params.id}`,
      flash: 'Kept: what is paid from the day of the agreement on has an invoice.',
    };
  },
});

const invoicePage = definePage({
  path: '/staff/partner-invoices/:id',
  auth: { permission: 'settlement.read' },
  params: { id: idOf('partnerInvoice') },
  query: { format: z.enum(invoiceFormats).default('pdf') },
  handle: async ({ tx, params, query }) =>
    invoiceFile(await readInvoice(tx, params.id), query.format),
});

const taxNumberForm = defineForm({
  path: '/staff/partners/tax-number',
  auth: { permission: 'partner.edit' },
  body: { taxEntity: entityId, taxNumber: taxNumberField },
  page: partnersPage,
  handle: async ({ tx, body: { taxEntity, taxNumber } }) => {
    const { version } = await taxNumberOf(tx, taxEntity);
    await setTaxNumber(tx, taxEntity, { taxNumber, expectedVersion: version });
    return { to: '/staff/partners', flash: 'Kept for invoices that are written from now on.' };
  },
});

/** Whom a partner may be put under: the others of its plan set, as far as one list shows them. */
async function placesFor(tx: Tx, { id, planSet, parentId }: Partner) {
  const options = parentId === null ? [] : [{ value: top, label: 'Nobody: the top of a network' }];
  const others = (await listPartners(tx, { planSet, limit: treeMax })).filter(
    (other) => other.id !== id && other.id !== parentId && other.state === 'active',
  );
  const names = await namesOf(tx, others);
  for (const other of others)
    options.push({ value: other.id, label: names.get(other.id) ?? other.id });
  return options;
}

function namesOf(tx: Tx, partners: readonly Partner[]): Promise<ReadonlyMap<string, string>> {
  return partnerNames(
    tx,
    partners.map(({ id }) => id),
  );
}

/** What may be asked of a partner that stands so. */
function standingForms({ state }: Partner) {
  const reasons = (of: readonly PartnerState[]) =>
    [...new Set(of.flatMap((each): readonly string[] => standingReasons[each]))].map((code) => ({
      ...{ value: code, label: code.replaceAll('_', ' ') },
    }));
  return {
    ...(state === 'active' ? { suspendReasons: reasons(['suspended']) } : {}),
    ...(state === 'suspended' ? { liftReasons: reasons(['active']) } : {}),
    ...(isEnded(state)
      ? {}
      : {
          endReasons: reasons(endedStates),
          endings: [
            { value: 'terminated', label: 'The agreement ends' },
            { value: 'deceased', label: 'The partner is dead' },
          ],
        }),
  };
}

/** Of a page with several forms each field has a name of its own: what was typed comes back where it was. */
const standingBody = {
  standingReasonCode: z.enum(standingReasonCodes),
  standingReason: line(500),
  version: z.coerce.number().int(),
};

const suspendForm = defineForm({
  path: '/staff/partners/:id/suspend',
  auth: { permission: 'partner.edit' },
  params: { id: idOf('partner') },
  body: standingBody,
  page: partnerPage,
  handle: async ({ tx, params, body }) => {
    await suspendPartner(tx, params.id, standingFrom(body));
    return {
      to: `/staff/partners/${params.id}`,
      flash: 'Suspended: what is earned meanwhile is computed, and not paid.',
    };
  },
});

const reinstateForm = defineForm({
  path: '/staff/partners/:id/reinstate',
  auth: { permission: 'partner.edit' },
  params: { id: idOf('partner') },
  body: standingBody,
  page: partnerPage,
  handle: async ({ tx, params, body }) => {
    await reinstatePartner(tx, params.id, standingFrom(body));
    return {
      to: `/staff/partners/${params.id}`,
      flash: 'Active again: what was not paid goes with the next payout.',
    };
  },
});

function standingFrom(body: z.output<z.ZodObject<typeof standingBody>>) {
  const { standingReasonCode: reasonCode, standingReason: reason, version } = body;
  return { reasonCode, reason, expectedVersion: version };
}

const endForm = defineForm({
  path: '/staff/partners/:id/end',
  auth: { permission: 'partner.edit' },
  params: { id: idOf('partner') },
  body: {
    ending: z.enum(endedStates),
    endReasonCode: z.enum(standingReasonCodes),
    endReason: line(500),
    version: z.coerce.number().int(),
  },
  page: partnerPage,
  handle: async ({ tx, params, body }) => {
    await proposeEnding(tx, params.id, {
      ...{ state: body.ending, reasonCode: body.endReasonCode, reason: body.endReason },
      expectedVersion: body.version,
    });
    return {
      to: `/staff/partners/${params.id}`,
      flash: 'Another person decides about it.',
    };
  },
});

function adjustmentWords(code: string): string {
  return isAdjustmentReason(code) ? adjustmentReasons[code] : code;
}

const adjustForm = defineForm({
  path: '/staff/partners/:id/adjust',
  auth: { permission: 'settlement.run' },
  params: { id: idOf('partner') },
  body: {
    amount: adjustmentAmount,
    adjustmentReason: z.enum(adjustmentReasonCodes),
    adjustmentWords: line(500),
  },
  page: partnerPage,
  handle: async ({ tx, params, body }) => {
    await proposeAdjustment(tx, params.id, {
      ...{ amount: body.amount, reasonCode: body.adjustmentReason, reason: body.adjustmentWords },
    });
    return {
      to: `/staff/partners/${params.id}`,
      flash: 'Proposed: another person decides, and the next settlement pays it.',
    };
  },
});

const top = 'top';

const moveForm = defineForm({
  path: '/staff/partners/:id/move',
  auth: { permission: 'partner.edit' },
  params: { id: idOf('partner') },
  body: {
    under: z.union([z.literal(top), idOf('partner')]),
    reason: line(500),
    version: z.coerce.number().int(),
  },
  page: partnerPage,
  handle: async ({ tx, params, body: { under, reason, version } }) => {
    await movePartner(tx, params.id, {
      parentId: under === top ? null : under,
      reason,
      expectedVersion: version,
    });
    return {
      to: `/staff/partners/${params.id}`,
      flash: 'Moved: what is dealt from now on is settled by the new place.',
    };
  },
});

const planSetForm = defineForm({
  path: '/staff/partners/plan-sets',
  auth: { permission: 'partner.edit' },
  body: {
    ...{ setName: line(80), entity: entityId, currency },
    settled: z.enum(scheduleKinds).default('monthly'),
  },
  page: partnersPage,
  handle: async ({ tx, body }) => {
    await createPlanSet(tx, {
      name: body.setName,
      entityId: body.entity,
      currency: body.currency,
      period: body.settled,
    });
    return { to: '/staff/partners', flash: 'The plan set is there.' };
  },
});

const scheduleForm = defineForm({
  path: '/staff/partners/plan-sets/schedule',
  auth: { permission: 'partner.edit' },
  body: { scheduleOf: idOf('planSet'), becomes: z.enum(scheduleKinds) },
  page: partnersPage,
  handle: async ({ tx, body: { scheduleOf, becomes } }) => {
    const { next } = await changeSchedule(tx, scheduleOf, { period: becomes });
    return {
      to: '/staff/partners',
      flash: next
        ? `Settled ${next.kind} from ${next.from.slice(0, 10)} on.`
        : 'Settled as it is now; what was to follow is gone.',
    };
  },
});

const partnerForm = defineForm({
  path: '/staff/partners',
  auth: { permission: 'partner.edit' },
  body: {
    name: line(120),
    email,
    planSet: idOf('planSet'),
    parent: idOf('partner').optional(),
  },
  page: partnersPage,
  handle: async ({ tx, body }) => {
    const partner = await createPartner(tx, {
      name: body.name,
      email: body.email,
      planSet: body.planSet,
      ...(body.parent ? { parentId: body.parent } : {}),
    });
    return {
      to: `/staff/partners/${partner.id}`,
      flash: 'The partner is there; a link to set the password is on its way.',
    };
  },
});

const importForm = defineForm({
  path: '/staff/partners/import',
  auth: { permission: 'partner.edit' },
  upload: networkUpload,
  body: { importInto: idOf('planSet'), mode: z.enum(importModes) },
  page: partnersPage,
  handle: async ({ tx, body: { importInto, mode }, file }) => {
    await readPlanSet(tx, importInto);
    const { made, faults } = await importNetwork(tx, {
      ...{ planSet: importInto, mode },
      file: readUploadedNetwork(file),
    });
    if (faults.length > 0)
      throw malformed('Nothing of the file was taken.', [
        { pointer: '/body/file', detail: `cannot be used. ${faultWords(faults)}` },
      ]);
    const count = `${made.length} ${made.length === 1 ? 'partner' : 'partners'}`;
    return {
      to: '/staff/partners',
      flash:
        mode === 'import'
          ? `${count} taken in; each gets a link to set the password.`
          : `The file is in order: ${count} would be taken in. Nothing was made yet.`,
    };
  },
});

export const partnerPages = [
  partnersPage,
  planSetForm,
  scheduleForm,
  partnerForm,
  importForm,
  taxNumberForm,
  partnerPage,
  moveForm,
  suspendForm,
  reinstateForm,
  endForm,
  adjustForm,
  selfBillingForm,
  invoicePage,
];
