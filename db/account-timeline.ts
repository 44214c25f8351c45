import type { TradingAccount } from './accounts';
import { rows, type Tx } from './connection';
import { workflowIds } from '../temporal-config/workflow-ids';
import { timelineOfRestrictions, timelineOfSubjects, type TimelineEvent } from './timeline';

/** As many of each kind of thing as the timeline follows. */
const subjectsMax = 100;

/**
 * Everything that happened to an account, newest first: its own events, those of its requests and their tasks, of
 * its transfers, bonuses and mails, and the restrictions on it alone that the scope may see.
 */
export async function timelineOfAccount(
  tx: Tx,
  account: TradingAccount,
  limit = 200,
): Promise<TimelineEvent[]> {
  const found = await rows<{ id: string }>(
    tx,
    `(select id from account_request where account_id = :id order by id desc limit :max)
     union all (select id from transfer where account_id = :id order by created_at desc limit :max)
     union all (select id from bonus where account_id = :id order by id desc limit :max)
     union all (select m.id from mail m where m.client_id = :clientId
       and (split_part(m.key, '/', 2) = :id or split_part(m.key, '/', 2) in (select r.id from account_request r where r.account_id = :id))
       order by m.created_at desc limit :max)`,
    { id: account.id, clientId: account.clientId, max: subjectsMax },
  );
  const subjects = [account.id, workflowIds.account(account.id), ...found.map(({ id }) => id)];
  const events = [
    ...(await timelineOfSubjects(tx, subjects, limit)),
    ...(await timelineOfRestrictions(tx, {
      clientId: account.clientId,
      restrictions: await restrictionsEver(tx, account.id),
    })),
  ];
  return events.sort((a, b) => Number(BigInt(b.order) - BigInt(a.order))).slice(0, limit);
}

async function restrictionsEver(tx: Tx, accountId: string): Promise<string[]> {
  const found = await rows<{ id: string }>(
    tx,
    'select id from restriction where account_id = :accountId order by set_at desc limit :max',
    { accountId, max: subjectsMax },
  );
  return found.map(({ id }) => id);
}
