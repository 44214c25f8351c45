import { partnerPermissionsOf } from '../../domain/access/partner-roles';
import { permissionsOf } from '../../domain/access/roles';
import type { Scope } from '../../domain/access/scope';
import { partnerPlanPolicy } from '../../domain/partners/default-plan';
import { partnerFraudPolicy } from '../../domain/policy/defaults/partner-fraud';
import { demoInstallation, layersOf } from '../../domain/policy/defaults/shipped';
import { rows } from '../../db/connection';
import { installPolicies } from '../../db/policies';
import { openScratch, type Scratch } from '../proofs/scratch';
import { entityId, seedEntity, serverId } from './book';

/** Manages the partners of the book's entity. */
export const manager: Scope = {
  kind: 'staff',
  actor: 'user:usr_manager',
  userId: 'usr_manager',
  entities: [entityId],
  roles: ['partner_manager'],
  permissions: permissionsOf(['partner_manager']),
  restricted: false,
};

/** The same of another entity. */
export const stranger: Scope = { ...manager, entities: ['cy'] };

/** A partner's log-in, which sees `partners`: itself and those below it. */
export function partnerScope(partnerId: string, partners: readonly string[]): Scope {
  return {
    kind: 'partner',
    actor: 'user:usr_p',
    userId: 'usr_p',
    partnerId,
    partners,
    entityId,
    permissions: partnerPermissionsOf('owner'),
  };
}

/** A database with the book's entity, its partner plan and one trading server. */
export async function openSettlementScratch(): Promise<Scratch> {
  const scratch = await openScratch();
  await scratch.asSystem(async (tx) => {
    await seedEntity(tx);
    await installPolicies(tx, [
      ...layersOf('partner.plan', demoInstallation, partnerPlanPolicy),
      ...layersOf('partner.fraud', demoInstallation, partnerFraudPolicy),
    ]);
    await rows(
      tx,
      `insert into trading_server (id, platform, name, settings) values (:serverId, 'mt5', 'MT5', '{}')`,
      { serverId },
    );
  });
  return scratch;
}
