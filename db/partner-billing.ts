import { z } from 'zod';
import {
  assertUsable,
  type SelfBilling,
  type UsableTreatment,
} from '../domain/partners/self-billing';
import { conflict, notFound, refused } from '../domain/problem';
import { asSystem, rows, type Tx } from './connection';
import { readEntity } from './entities';
import { appendEvents } from './events';
import { readPartner } from './partners';
import { decryptFor, encryptFor, indexPerson, erasedText } from './personal-data';
import { maySeeEntity } from './visible';

/** What is agreed with a partner about self-billing, as it stands. */
export interface PartnerBilling extends SelfBilling {
  readonly partnerId: string;
  readonly treatment: UsableTreatment;
  readonly version: number;
}

interface BillingRow {
  readonly version: number;
  readonly treatment: UsableTreatment;
  readonly details_ct: string;
  readonly agreed_on: string;
  readonly ended_on: string | null;
}

const details = z.object({
  legalName: z.string(),
  address: z.string(),
  taxNumber: z.string(),
  exemption: z.string(),
  agreement: z.string(),
});

const erased = {
  ...{ legalName: erasedText, address: erasedText, taxNumber: erasedText },
  ...{ exemption: erasedText, agreement: erasedText },
};

/** The agreement as it stands now, or none. It is the partner's own: throws 404 for whoever is above in the network. */
export async function billingOf(tx: Tx, partnerId: string): Promise<PartnerBilling | undefined> {
  await readPartner(tx, partnerId);
  if (tx.scope.kind === 'partner' && tx.scope.partnerId !== partnerId) throw notFound('partner');
  const [row] = await rows<BillingRow>(
    tx,
    `select version, treatment, details_ct, agreed_on::text, ended_on::text from partner_billing
     where partner_id = :partnerId order by version desc limit 1`,
    { partnerId },
  );
  if (!row) return undefined;
  const text = await asSystem(tx, (system) =>
    decryptFor(system, partnerId, 'billing', row.details_ct),
  );
  return {
    ...(text === erasedText ? erased : details.parse(JSON.parse(text))),
    ...{ partnerId, version: row.version, treatment: row.treatment },
    ...{ agreedOn: row.agreed_on, endedOn: row.ended_on },
  };
}

/**
 * Keeps what has been agreed as a new version; invoices that were written before stay as they are. 404 for a partner that is
 * not the caller's; 409 `stale` with the present version (0: none yet); 422 `entity_tax_missing`, and whatever no lawful
 * invoice could be written by (`assertUsable`).
 */
export async function setBilling(
  tx: Tx,
  partnerId: string,
  { expectedVersion, ...given }: SelfBilling & { readonly expectedVersion: number },
): Promise<PartnerBilling> {
  const partner = await readPartner(tx, partnerId);
  const { treatment, agreedOn, endedOn, ...kept } = assertUsable(given);
  const { entityId } = partner;
  if ((await taxNumberOf(tx, entityId)).taxNumber === '')
    throw refused('entity_tax_missing', 'The entity’s own tax number is not known yet.', {
      entity: entityId,
    });
  return asSystem(tx, async (system) => {
    await rows(system, 'select 1 from partner where id = :partnerId for update', { partnerId });
    const present = await billingOf(system, partnerId);
    if ((present?.version ?? 0) !== expectedVersion)
      throw conflict('stale', 'It has been changed since you opened it.', {
        version: present?.version ?? 0,
      });
    const version = expectedVersion + 1;
    await rows(
      system,
      `insert into partner_billing (partner_id, version, entity_id, treatment, details_ct, agreed_on, ended_on, actor)
       values (:partnerId, :version, :entityId, :treatment, :details, :agreedOn::date, :endedOn::date, :actor)`,
      {
        ...{ partnerId, version, entityId, treatment, agreedOn, endedOn, actor: tx.scope.actor },
        details: await encryptFor(system, partnerId, 'billing', JSON.stringify(kept)),
      },
    );
    await rows(
      system,
      `delete from blind_index where person_id = :partnerId and field = 'address'`,
      { partnerId },
    );
    await indexPerson(system, partnerId, 'name', kept.legalName);
    await indexPerson(system, partnerId, 'address', kept.address);
    await appendEvents(system, [
      {
        subject: partnerId,
        type: 'partner.billing_set',
        entityId,
        clientId: partner.clientId,
        payload: { version, treatment, agreedOn, endedOn },
      },
    ]);
    return { ...kept, partnerId, version, treatment, agreedOn, endedOn };
  });
}

/** The tax number by which an entity is the buyer on invoices; empty with version 0 until it is set. */
export interface EntityTax {
  readonly entityId: string;
  readonly taxNumber: string;
  readonly version: number;
}

/** Throws `not_found` (404) for an entity that is not the caller's. */
export async function taxNumberOf(tx: Tx, entityId: string): Promise<EntityTax> {
  const isOurs = tx.scope.kind === 'staff' || tx.scope.kind === 'system';
  if (!isOurs || !maySeeEntity(tx, entityId)) throw notFound('entity');
  await readEntity(tx, entityId);
  const [row] = await rows<{ tax_number: string; version: number }>(
    tx,
    'select tax_number, version from entity_tax where entity_id = :entityId',
    { entityId },
  );
  return { entityId, taxNumber: row?.tax_number ?? '', version: row?.version ?? 0 };
}

/** Sets it for what is written from now on. 404; 409 `stale` with the present version (0: none yet). */
export async function setTaxNumber(
  tx: Tx,
  entityId: string,
  { taxNumber, expectedVersion }: { readonly taxNumber: string; readonly expectedVersion: number },
): Promise<EntityTax> {
  const present = await taxNumberOf(tx, entityId);
  return asSystem(tx, async (system) => {
    const changed = await rows<{ version: number }>(
      system,
      expectedVersion === 0
        ? `insert into entity_tax (entity_id, tax_number) values (:entityId, :taxNumber) on conflict do nothing returning version`
        : `update entity_tax set tax_number = :taxNumber, version = version + 1
           where entity_id = :entityId and version = :expectedVersion returning version`,
      { entityId, taxNumber, expectedVersion },
    );
    const [row] = changed;
    if (!row)
      throw conflict('stale', 'It has been changed since you opened it.', {
        version: present.version,
      });
    await appendEvents(system, [
      {
        subject: entityId,
        type: 'entity.tax_number_set',
        entityId,
        payload: { version: row.version, before: present.taxNumber, after: taxNumber },
      },
    ]);
    return { entityId, taxNumber, version: row.version };
  });
}
