import type { PartnerPermission } from '../../domain/access/partner-roles';
import type { Permission } from '../../domain/access/roles';
import { may, mayForPartner, type Scope } from '../../domain/access/scope';

interface RailItem {
  readonly href: string;
  readonly label: string;
  readonly permission?: Permission;
  /** What one of a partner's people must hold. */
  readonly ofPartner?: PartnerPermission;
}

/** The left rail of each audience, in this order. An item whose page is not there yet is not shown. */
const rails: Readonly<Record<'staff' | 'client' | 'partner', readonly RailItem[]>> = {
  staff: [
    { href: '/staff', label: 'Today', permission: 'today.read' },
    { href: '/staff/inbox', label: 'Inbox', permission: 'task.read' },
    { href: '/staff/cases', label: 'Verification', permission: 'kyc.read' },
    { href: '/staff/screening-lists', label: 'Screening lists', permission: 'list.read' },
    { href: '/staff/suspicions', label: 'Suspicions', permission: 'restricted.read' },
    { href: '/staff/clients', label: 'Clients', permission: 'client.read' },
    { href: '/staff/payments', label: 'Payments', permission: 'payment.read' },
    { href: '/staff/receipts', label: 'Receipts', permission: 'payment.read' },
    { href: '/staff/providers', label: 'Providers', permission: 'payment.read' },
    { href: '/staff/accounts', label: 'Accounts', permission: 'account.read' },
    { href: '/staff/ledger', label: 'Ledger', permission: 'ledger.read' },
    { href: '/staff/partners', label: 'Partners', permission: 'partner.read' },
    { href: '/staff/settlements', label: 'Settlements', permission: 'settlement.read' },
    { href: '/staff/policies', label: 'Policies', permission: 'policy.read' },
    { href: '/staff/audit', label: 'Audit', permission: 'audit.read' },
    { href: '/staff/servers', label: 'Servers', permission: 'server.read' },
    { href: '/staff/operations', label: 'Operations', permission: 'process.read' },
    { href: '/staff/entities', label: 'Entities', permission: 'entity.read' },
    { href: '/staff/people', label: 'Settings', permission: 'user.read' },
  ],
  client: [
    { href: '/client', label: 'Overview' },
    { href: '/client/accounts', label: 'Accounts' },
    { href: '/client/cashier', label: 'Cashier' },
    { href: '/client/requests', label: 'Requests' },
    { href: '/client/documents', label: 'Documents' },
    { href: '/client/profile', label: 'Profile' },
  ],
  partner: [
    { href: '/partner', label: 'Overview' },
    { href: '/partner/network', label: 'Network', ofPartner: 'network.read' },
    { href: '/partner/activity', label: 'Activity', ofPartner: 'activity.read' },
    { href: '/partner/earnings', label: 'Earnings', ofPartner: 'earnings.read' },
    { href: '/partner/links', label: 'Links', ofPartner: 'link.read' },
    { href: '/partner/statements', label: 'Statements', ofPartner: 'earnings.read' },
    { href: '/partner/disputes', label: 'Questions', ofPartner: 'dispute.read' },
    { href: '/partner/people', label: 'People', ofPartner: 'people.read' },
  ],
};

/** Pages that belong to an item without standing below its address. */
const parts: Readonly<Record<string, readonly string[]>> = {
  '/staff/inbox': ['/staff/tasks/', '/staff/task-bulks/'],
  '/staff/clients': ['/staff/category-requests/'],
  '/staff/policies': ['/staff/evaluations/'],
  '/staff/people': ['/staff/keys'],
  '/staff/suspicions': ['/staff/aml-alerts', '/staff/legal-holds'],
  '/staff/settlements': [
    '/staff/settlement-holds',
    '/staff/partner-accruals',
    '/staff/commission-disputes',
  ],
  '/staff/receipts': ['/staff/bank-statements'],
  '/staff/accounts': ['/staff/account-bulks/', '/staff/bonuses'],
  '/staff/ledger': ['/staff/corrections'],
  '/staff/entities': ['/staff/entity-proposals/', '/staff/entity-edits/', '/staff/agreements/'],
  '/client': ['/client/onboarding', '/client/company', '/client/parties/'],
  '/client/cashier': ['/client/quotes/'],
  '/client/requests': [
    '/client/deposits/',
    '/client/withdrawals/',
    '/client/transfers/',
    '/client/exchanges/',
    '/client/account-requests/',
  ],
  '/client/profile': [
    '/client/bank-accounts/',
    '/client/addresses/',
    '/client/agreements',
    '/client/category',
    '/client/experience',
    '/client/sources',
  ],
  '/partner': ['/partner/month'],
};

/** The start page is nobody's parent. */
function isBelow(path: string, href: string): boolean {
  if (path === href) return true;
  if (parts[href]?.some((part) => path.startsWith(part))) return true;
  return /^\/[a-z]+\/./.test(href) && path.startsWith(`${href}/`);
}

export interface RailEntry {
  readonly href: string;
  readonly label: string;
  readonly isCurrent: boolean;
  readonly count: number;
  /** Whether its count is kept fresh while the page is open. */
  readonly isCounted: boolean;
}

/** What this person may see; what they may not is not there. */
export function railOf(
  scope: Scope,
  { path, paths, inboxCount }: { path: string; paths: ReadonlySet<string>; inboxCount: number },
): RailEntry[] {
  if (scope.kind === 'system') return [];
  const items = rails[scope.kind].filter(
    ({ href, permission, ofPartner }) =>
      paths.has(href) &&
      (permission === undefined || may(scope, permission)) &&
      (ofPartner === undefined || mayForPartner(scope, ofPartner)),
  );
  const current = items
    .filter(({ href }) => isBelow(path, href))
    .sort((a, b) => b.href.length - a.href.length)[0];
  return items.map(({ href, label }) => ({
    href,
    label,
    isCurrent: href === current?.href,
    count: href === '/staff/inbox' ? inboxCount : 0,
    isCounted: href === '/staff/inbox',
  }));
}
