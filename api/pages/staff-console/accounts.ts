import { z } from 'zod';
import { may } from '../../../domain/access/scope';
import { tradingLedger } from '../../../domain/ledger/account';
import { workflowIds } from '../../../temporal-config/workflow-ids';
import { listAccounts } from '../../../db/account-lists';
import { readAccount } from '../../../db/accounts';
import { namesOfClients } from '../../../db/clients';
import { listEntities } from '../../../db/entities';
import { intentsOfWorkflow } from '../../../db/intents';
import { readBalance } from '../../../db/ledger';
import { processesOfSubject } from '../../../db/processes';
import { tasksOfSubjects } from '../../../db/task-lists';
import { timelineOfSubjects } from '../../../db/timeline';
import { dealsOfAccount } from '../../../db/deal-readers';
import { entityId, idOf } from '../../schemas';
import { definePage } from '../page';
import { showEvents } from './events';
import { afterOf, chipsOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';
import { showTasks } from './task-words';

const states = [
  'requested',
  'provisioning',
  'waiting',
  'active',
  'suspended',
  'dormant',
  'closing',
  'closed',
  'archived',
] as const;

const accountsPage = definePage({
  path: '/staff/accounts',
  auth: { permission: 'account.read' },
  query: { state: z.enum(states).optional(), entity: entityId.optional(), cursor: cursorQuery },
  handle: async ({ tx, scope, query }) => {
    const found = await listAccounts(tx, {
      ...(query.state ? { state: query.state } : {}),
      ...(query.entity ? { entityId: query.entity } : {}),
      ...afterOf(query.cursor),
      limit: rowsPerPage + 1,
    });
    const path = '/staff/accounts';
    const { rows, next } = pageOfRows(found, { path, query, after: (account) => account.id });
    const names = may(scope, 'client.personal')
      ? await namesOfClients(
          tx,
          rows.map((account) => account.clientId),
        )
      : new Map<string, string>();
    return {
      view: 'staff/accounts',
      title: 'Trading accounts',
      data: {
        accounts: rows.map((account) => ({ ...account, name: names.get(account.clientId) })),
        next,
        states: chipsOf(path, query, { name: 'state', all: 'Every state', options: states }),
        entities: chipsOf(path, query, {
          name: 'entity',
          all: 'Every entity',
          options: (await listEntities(tx)).map(({ id, name }) => ({ value: id, label: name })),
        }),
      },
    };
  },
});

const dealsShown = 100;

const accountPage = definePage({
  path: '/staff/accounts/:id',
  auth: { permission: 'account.read' },
  params: { id: idOf('account') },
  handle: async ({ tx, scope, params }) => {
    const account = await readAccount(tx, params.id);
    const names = may(scope, 'client.personal')
      ? await namesOfClients(tx, [account.clientId])
      : undefined;
    const workflowId = workflowIds.account(account.id);
    return {
      view: 'staff/account',
      title: account.login === null ? 'Account without log-in' : `Account ${account.login}`,
      data: {
        account,
        clientName: names?.get(account.clientId),
        balance: await readBalance(tx, tradingLedger({ ...account, accountId: account.id })),
        processes: await processesOfSubject(tx, account.id),
        tasks: await showTasks(tx, await tasksOfSubjects(tx, [account.id]), Date.now()),
        intents: await intentsOfWorkflow(tx, workflowId),
        deals: await dealsOfAccount(tx, account.id, dealsShown),
        events: await showEvents(tx, await timelineOfSubjects(tx, [account.id, workflowId], 200)),
      },
    };
  },
});

export const accountPages = [accountsPage, accountPage];
