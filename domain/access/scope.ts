import type { PartnerPermission } from './partner-roles';
import type { Permission, Role } from './roles';

/** Who acts: `user:usr_…`, `workflow:withdrawal/wd_…`, `os:root` or `provider:stripe`. Never empty, never personal data. */
export type Actor = string;

/**
 * What a reader may see. It is set on the transaction, so that no store can be called without it,
 * and row-level security enforces the same thing again in PostgreSQL.
 */
export type Scope =
  | { readonly kind: 'system'; readonly actor: Actor }
  | StaffScope
  | {
      readonly kind: 'client';
      readonly actor: Actor;
      readonly userId: string;
      readonly clientId: string;
      readonly entityId: string;
    }
  | {
      readonly kind: 'partner';
      readonly actor: Actor;
      readonly userId: string;
      readonly partnerId: string;
      /** The partner and everyone below in the network. */
      readonly partners: readonly string[];
      readonly entityId: string;
      readonly permissions: ReadonlySet<PartnerPermission>;
    };

export interface StaffScope {
  readonly kind: 'staff';
  readonly actor: Actor;
  readonly userId: string;
  readonly entities: readonly string[];
  readonly roles: readonly Role[];
  readonly permissions: ReadonlySet<Permission>;
  /** Whether restricted records (the MLRO's circle) are visible. */
  readonly restricted: boolean;
}

export function systemScope(actor: Actor): Scope {
  if (actor === '') throw new Error('a job without an actor cannot act');
  return { kind: 'system', actor };
}

export function may(scope: Scope, permission: Permission): boolean {
  return scope.kind === 'system' || (scope.kind === 'staff' && scope.permissions.has(permission));
}

/** Whether one of a partner's people may do what a part of the portal asks for. */
export function mayForPartner(scope: Scope, permission: PartnerPermission): boolean {
  return scope.kind === 'partner' && scope.permissions.has(permission);
}
