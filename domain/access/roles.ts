/** Everything a route or a task can ask for. A route names one; whoever lacks it gets 403 with its name. */
export const permissions = [
  'today.read',
  'client.read',
  'client.personal',
  'client.edit',
  'restriction.set',
  'restriction.lift',
  'restricted.read',
  'kyc.read',
  'kyc.decide',
  'screening.decide',
  'pep.approve',
  'document.read',
  'account.read',
  'account.operate',
  'payment.read',
  'payment.operate',
  'withdrawal.approve',
  'transfer.resolve',
  'ledger.read',
  'partner.read',
  'partner.edit',
  'settlement.read',
  'settlement.run',
  'settlement.approve',
  'policy.read',
  'policy.edit',
  'policy.publish',
  'task.read',
  'task.claim',
  'task.reassign',
  'audit.read',
  'audit.export',
  'process.read',
  'process.operate',
  'server.read',
  'server.operate',
  'halt.set',
  'halt.lift',
  'user.read',
  'user.invite',
  'user.approve',
  'apikey.own',
] as const;

export type Permission = (typeof permissions)[number];

export const roles = [
  'compliance',
  'mlro',
  'senior_approver',
  'operations',
  'support',
  'finance',
  'dealing',
  'partner_manager',
  'sales',
  'auditor',
  'admin',
] as const;

export type Role = (typeof roles)[number];

const everyone: readonly Permission[] = ['today.read', 'client.read', 'task.read', 'task.claim', 'apikey.own'];

/** Deny by default: a role has what stands here and nothing else. There is no role that may do everything. */
const granted: Readonly<Record<Role, readonly Permission[]>> = {
  compliance: [
    ...everyone, 'client.personal', 'client.edit', 'restriction.set', 'restriction.lift', 'kyc.read', 'kyc.decide',
    'screening.decide', 'document.read', 'account.read', 'payment.read', 'policy.read', 'policy.edit', 'policy.publish',
    'withdrawal.approve', 'audit.read', 'audit.export', 'process.read',
  ],
  mlro: [
    ...everyone, 'client.personal', 'restriction.set', 'restriction.lift', 'restricted.read', 'kyc.read', 'kyc.decide',
    'screening.decide', 'document.read', 'account.read', 'payment.read', 'policy.read', 'policy.publish', 'audit.read',
    'audit.export', 'halt.set', 'process.read',
  ],
  senior_approver: [
    ...everyone, 'client.personal', 'kyc.read', 'kyc.decide', 'screening.decide', 'pep.approve', 'document.read',
    'account.read', 'payment.read', 'withdrawal.approve', 'settlement.read', 'settlement.approve', 'policy.read',
    'policy.publish', 'user.read', 'user.approve', 'halt.lift',
  ],
  operations: [
    ...everyone, 'account.read', 'account.operate', 'payment.read', 'payment.operate', 'transfer.resolve', 'process.read',
    'process.operate', 'server.read', 'server.operate', 'halt.set', 'policy.read', 'policy.edit', 'policy.publish', 'partner.read',
  ],
  support: [...everyone, 'client.personal', 'account.read', 'payment.read', 'kyc.read'],
  finance: [
    ...everyone, 'account.read', 'payment.read', 'withdrawal.approve', 'transfer.resolve', 'ledger.read', 'partner.read',
    'settlement.read', 'settlement.approve', 'halt.set', 'halt.lift', 'policy.read', 'policy.edit', 'policy.publish', 'process.read',
  ],
  dealing: [...everyone, 'account.read', 'server.read', 'halt.set', 'ledger.read', 'process.read'],
  partner_manager: [
    ...everyone, 'partner.read', 'partner.edit', 'settlement.read', 'settlement.run', 'policy.read', 'policy.edit', 'account.read',
  ],
  sales: ['today.read', 'client.read', 'task.read', 'apikey.own'],
  auditor: [
    'today.read', 'client.read', 'client.personal', 'kyc.read', 'account.read', 'payment.read', 'ledger.read', 'partner.read',
    'settlement.read', 'policy.read', 'task.read', 'audit.read', 'audit.export', 'process.read', 'server.read', 'user.read', 'apikey.own',
  ],
  admin: [
    'today.read', 'task.read', 'task.claim', 'task.reassign', 'policy.read', 'process.read', 'server.read', 'user.read',
    'user.invite', 'user.approve', 'apikey.own',
  ],
};

export function permissionsOf(held: readonly Role[]): ReadonlySet<Permission> {
  return new Set(held.flatMap((role) => granted[role]));
}

export function isRole(text: string): text is Role {
  return (roles as readonly string[]).includes(text);
}
