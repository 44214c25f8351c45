/** What a route or page of the partner portal can ask for. Whoever lacks it gets 403 with its name. */
export const partnerPermissions = [
  'overview.read',
  'network.read',
  'activity.read',
  'link.read',
  'link.create',
  // Every sum of money: earnings, statements, invoices, and why a deal was paid or not.
  'earnings.read',
  'dispute.read',
  'dispute.ask',
  'people.read',
  'people.edit',
  // A key that acts for the person who makes it.
  'key.own',
] as const;

export type PartnerPermission = (typeof partnerPermissions)[number];

export const partnerRoles = ['owner', 'finance', 'marketing', 'viewer'] as const;

export type PartnerRole = (typeof partnerRoles)[number];

/** Deny by default: a role has what stands here and nothing else. */
const granted: Readonly<Record<PartnerRole, readonly PartnerPermission[]>> = {
  owner: [
    'overview.read',
    'network.read',
    'activity.read',
    'link.read',
    'link.create',
    'earnings.read',
    'dispute.read',
    'dispute.ask',
    'people.read',
    'people.edit',
    'key.own',
  ],
  finance: ['overview.read', 'earnings.read', 'dispute.read', 'dispute.ask'],
  marketing: ['overview.read', 'network.read', 'activity.read', 'link.read', 'link.create'],
  viewer: [
    'overview.read',
    'network.read',
    'activity.read',
    'link.read',
    'earnings.read',
    'dispute.read',
    'people.read',
  ],
};

export function partnerPermissionsOf(role: PartnerRole | null): ReadonlySet<PartnerPermission> {
  return new Set(role === null ? [] : granted[role]);
}

export function isPartnerRole(text: string): text is PartnerRole {
  return partnerRoles.some((role) => role === text);
}
