import type { PartnerPermission } from '../../domain/access/partner-roles';
import type { Permission } from '../../domain/access/roles';
import { may, mayForPartner } from '../../domain/access/scope';
import { forbidden, Problem, unauthenticated } from '../../domain/problem';
import type { Principal } from './principal';

/**
 * Who a route or page is for. There is no default: what names nobody does not compile, and a route that
 * anybody may call says so.
 */
export type Audience =
  /** Staff with the permission. */
  | { readonly permission: Permission }
  /** Every member of staff who is logged in. */
  | { readonly staff: true }
  | { readonly client: true }
  /** A partner's people with the permission. */
  | { readonly partner: PartnerPermission }
  /** Everybody who is logged in. */
  | { readonly loggedIn: true }
  | { readonly any: readonly [Audience, Audience, ...Audience[]] }
  /** Anybody. Commands of such a route count against the address's limit. */
  | { readonly public: true };

export function isPublic(audience: Audience): boolean {
  return 'public' in audience;
}

/** The kinds of people that an audience can hold, for log-in pages and the API document. */
export function kindsOf(audience: Audience): ReadonlySet<'staff' | 'client' | 'partner'> {
  if ('any' in audience) return new Set(audience.any.flatMap((each) => [...kindsOf(each)]));
  if ('client' in audience) return new Set(['client']);
  if ('partner' in audience) return new Set(['partner']);
  if ('permission' in audience || 'staff' in audience) return new Set(['staff']);
  return new Set(['staff', 'client', 'partner']);
}

/** In words, for the API document. */
export function audienceWords(audience: Audience): string {
  if ('any' in audience) return audience.any.map(audienceWords).join(', or ');
  if ('permission' in audience) return `staff with the permission \`${audience.permission}\``;
  if ('staff' in audience) return 'staff';
  if ('client' in audience) return 'the client';
  if ('partner' in audience) return `the partner’s people with \`${audience.partner}\``;
  if ('loggedIn' in audience) return 'everybody who is logged in';
  return 'anybody';
}

function admits(audience: Audience, principal: Principal): boolean {
  const { scope } = principal;
  if ('any' in audience) return audience.any.some((each) => admits(each, principal));
  if ('permission' in audience) return may(scope, audience.permission);
  if ('staff' in audience) return scope.kind === 'staff';
  if ('client' in audience) return scope.kind === 'client';
  if ('partner' in audience) return mayForPartner(scope, audience.partner);
  return true;
}

/** Throws 401 without a person, 403 with the missing permission otherwise. */
export function assertAdmitted(audience: Audience, principal: Principal | undefined): void {
  if (isPublic(audience)) return;
  if (!principal) throw unauthenticated();
  if (admits(audience, principal)) return;
  const permission = firstPermission(audience);
  if (permission !== undefined && principal.scope.kind === 'staff') throw forbidden(permission);
  const ofPartner = firstOfPartner(audience);
  if (ofPartner !== undefined && principal.scope.kind === 'partner') throw forbidden(ofPartner);
  throw new Problem({
    status: 403,
    code: 'forbidden',
    detail: `This is for ${audienceWords(audience)}.`,
    extra: permission === undefined ? {} : { permission },
  });
}

function firstPermission(audience: Audience): Permission | undefined {
  if ('permission' in audience) return audience.permission;
  if ('any' in audience) return audience.any.map(firstPermission).find((found) => found);
  return undefined;
}

function firstOfPartner(audience: Audience): PartnerPermission | undefined {
  if ('partner' in audience) return audience.partner;
  if ('any' in audience) return audience.any.map(firstOfPartner).find((found) => found);
  return undefined;
}
