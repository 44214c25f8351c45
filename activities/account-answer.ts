import type { EventType } from '../domain/access/event-access';
import { kindInWords, reasonForClient } from '../domain/account/words';
import { endRequest, type AccountRequest } from '../db/account-requests';
import { readAccount, type TradingAccount } from '../db/accounts';
import type { Tx } from '../db/connection';
import { appendEvents, type Json } from '../db/events';
import { queueMail } from '../db/mails';
import { readServer } from '../db/servers';

/** The request ends without effect, and its holder reads why. */
export async function refuse(
  tx: Tx,
  request: AccountRequest,
  reasons: readonly string[],
): Promise<void> {
  if (!(await endRequest(tx, request.id, { state: 'refused', reasons }))) return;
  await answerByMail(tx, request, { state: 'refused', reasons });
}

/** Tells the holder how a request ended. */
export async function answerByMail(
  tx: Tx,
  request: AccountRequest,
  { state, reasons }: { state: 'done' | 'refused'; reasons: readonly string[] },
): Promise<void> {
  const account = await readAccount(tx, request.accountId);
  const server = await readServer(tx, account.serverId);
  await queueMail(tx, {
    key: `account_request/${request.id}`,
    kind: 'account_request_answered',
    entityId: request.entityId,
    clientId: request.clientId,
    data: {
      platform: server.name,
      login: account.login ?? '',
      asked: kindInWords(request.ask.kind),
      answer:
        state === 'done'
          ? doneInLetters(request)
          : `We could not do it. ${reasonForClient(reasons)}`,
    },
  });
}

/** Whoever did not ask has to be told what was done. */
function doneInLetters({ ask, askedAs }: AccountRequest): string {
  if (askedAs === 'client' || ask.kind !== 'change_leverage') return 'It has been done.';
  return `The account has leverage 1:${ask.leverage} now, as our terms of business say.`;
}

export function accountEvent(
  account: TradingAccount,
  type: EventType,
  payload: { readonly [key: string]: Json },
) {
  return {
    subject: account.id,
    type,
    entityId: account.entityId,
    clientId: account.clientId,
    payload,
  };
}

/** A letter to the holder about the account, with an event that says so where one is named. */
export async function tell(
  tx: Tx,
  account: TradingAccount,
  {
    kind,
    key,
    data,
    event,
  }: {
    readonly kind: string;
    readonly key: string;
    readonly data: Readonly<Record<string, string>>;
    readonly event?: EventType;
  },
): Promise<void> {
  const server = await readServer(tx, account.serverId);
  if (event !== undefined) await appendEvents(tx, [accountEvent(account, event, { ...data })]);
  await queueMail(tx, {
    key,
    kind,
    entityId: account.entityId,
    clientId: account.clientId,
    data: { ...data, platform: server.name, login: account.login ?? '' },
  });
}
