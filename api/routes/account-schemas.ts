import { z } from 'zod';
import { accessLevels } from '../../domain/account/access';
import { shownState, shownStates } from '../../domain/account/shown-state';
import { moneyJson } from '../../domain/money';
import type { Scope } from '../../domain/access/scope';
import type { ListedAccount } from '../../db/account-lists';
import type { SeenAccount } from '../../db/account-readings';
import type { LeverageCap } from '../../db/leverage-cap';
import { exampleId, idOf, line, moneyAnswer, platform, time } from '../schemas';

export const accountState = z.enum(shownStates).meta({
  description:
    '`restricted`: the log-in cannot trade; `suspended`: nobody can log in. Both follow from restrictions and are lifted with them.',
});

export const leverage = z
  .number()
  .int()
  .min(1)
  .max(5_000)
  .meta({ description: '1:n.', example: 30 });

/** A group of a trading server, in the server's own spelling. */
export const groupName = line(120).meta({ example: 'real\\cy-eur-std' });

export const accountType = line(40).meta({ example: 'standard' });

export const serverId = z
  .string()
  .regex(/^[a-z0-9-]{1,20}$/, 'is not the id of a server')
  .meta({ example: 'mt5' });

export const accountAnswer = z
  .object({
    id: idOf('account'),
    clientId: idOf('client'),
    entityId: z.string(),
    server: z.string(),
    platform,
    login: z.string().nullable(),
    group: z.string(),
    accountType: z.string(),
    category: z.string().meta({ description: 'Of the client.' }),
    currency: z.string(),
    leverage: z.number().int(),
    demo: z.boolean().meta({ description: 'Play money: it cannot be moved in or out.' }),
    swapFree: z.boolean(),
    state: accountState,
    access: z.enum(accessLevels).meta({
      description: 'What the log-in may do on the server, as last set there.',
    }),
    openRequests: z.number().int(),
    waitsFor: z.string().nullable().meta({ description: 'In words, for staff.' }),
    waitsSince: time.nullable(),
    dormantSince: time.nullable(),
    overriddenAt: time
      .nullable()
      .meta({ description: 'When two people stepped over the policy for its settings.' }),
    migratedFrom: z.string().nullable(),
    migratedTo: z.string().nullable(),
    createdAt: time,
    activatedAt: time.nullable(),
    closedAt: time.nullable(),
  })
  .meta({ id: 'Account' });

export const accountDetail = accountAnswer
  .extend({
    seen: z
      .object({
        at: time,
        group: z.string(),
        leverage: z.number().int(),
        balance: moneyAnswer,
        credit: moneyAnswer,
        equity: moneyAnswer,
        margin: moneyAnswer,
        marginFree: moneyAnswer,
        openPositions: z.number().int(),
      })
      .nullable()
      .meta({ description: 'As the server last showed it; null before it was looked at.' }),
    leverageCap: z
      .object({ leverage: z.number().int(), regime: z.string(), source: z.string() })
      .meta({ description: 'The highest leverage that the policy in force gives.' }),
  })
  .meta({ id: 'AccountDetail' });

export const accountExample = {
  id: exampleId('account'),
  clientId: exampleId('client'),
  entityId: 'cy',
  server: 'mt5',
  platform: 'mt5' as const,
  login: '100001',
  group: 'real\\cy-eur-std',
  accountType: 'standard',
  category: 'retail',
  currency: 'EUR',
  leverage: 30,
  demo: false,
  swapFree: false,
  state: 'active' as const,
  access: 'full' as const,
  openRequests: 0,
  waitsFor: null,
  waitsSince: null,
  dormantSince: null,
  overriddenAt: null,
  migratedFrom: null,
  migratedTo: null,
  createdAt: '2026-11-23T20:15:00.000000Z',
  activatedAt: '2026-11-23T20:15:01.000000Z',
  closedAt: null,
};

export const accountDetailExample = {
  ...accountExample,
  seen: {
    at: '2026-11-24T06:00:00.000000Z',
    group: 'real\\cy-eur-std',
    leverage: 30,
    balance: { amount: '1250.00', currency: 'EUR' },
    credit: { amount: '0.00', currency: 'EUR' },
    equity: { amount: '1243.10', currency: 'EUR' },
    margin: { amount: '110.00', currency: 'EUR' },
    marginFree: { amount: '1133.10', currency: 'EUR' },
    openPositions: 1,
  },
  leverageCap: { leverage: 30, regime: 'cysec', source: 'CySEC PS-04-2019' },
};

/** What a process waits for names tasks and colleagues' work: that is for staff. */
export function showAccount(account: ListedAccount, { kind }: Scope) {
  const isStaff = kind !== 'client';
  return {
    id: account.id,
    clientId: account.clientId,
    entityId: account.entityId,
    server: account.serverId,
    platform: account.platform,
    login: account.login,
    group: account.group,
    accountType: account.accountType,
    category: account.category,
    currency: account.currency,
    leverage: account.leverage,
    demo: account.demo,
    swapFree: account.swapFree,
    state: shownState(account),
    access: account.access,
    openRequests: account.openRequests,
    waitsFor: isStaff ? account.waitsFor : null,
    waitsSince: isStaff ? account.waitsSince : null,
    dormantSince: account.dormantSince,
    overriddenAt: account.overriddenAt,
    migratedFrom: account.migratedFrom,
    migratedTo: account.migratedTo,
    createdAt: account.createdAt,
    activatedAt: account.activatedAt,
    closedAt: account.closedAt,
  };
}

export function showDetail(
  account: ListedAccount,
  scope: Scope,
  { seen, cap }: { readonly seen: SeenAccount | undefined; readonly cap: LeverageCap },
) {
  return {
    ...showAccount(account, scope),
    seen: seen
      ? {
          ...seen,
          balance: moneyJson(seen.balance),
          credit: moneyJson(seen.credit),
          equity: moneyJson(seen.equity),
          margin: moneyJson(seen.margin),
          marginFree: moneyJson(seen.marginFree),
        }
      : null,
    leverageCap: { leverage: cap.leverage, regime: cap.regime, source: cap.source },
  };
}
