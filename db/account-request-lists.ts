import type { AccountRequestKind, AccountRequestState } from '../domain/account/request';
import {
  requestColumns,
  requestFromRow,
  type AccountRequest,
  type RequestRow,
} from './account-requests';
import { rows, type Tx } from './connection';
import { decryptFor } from './personal-data';

/** Whether a holder is told of it: their own, and of the house's what has been done or is being done. */
export function isToldToHolder({
  askedAs,
  state,
}: Pick<AccountRequest, 'askedAs' | 'state'>): boolean {
  return askedAs === 'client' || state === 'working' || state === 'done';
}

export interface RequestFilter {
  readonly accountId?: string;
  readonly clientId?: string;
  readonly kind?: AccountRequestKind | undefined;
  readonly state?: AccountRequestState | undefined;
  /** Only what `isToldToHolder`. */
  readonly toldToHolder?: boolean;
  readonly after?: string;
  readonly limit: number;
}

/** Requests in order of id, the newest first. */
export async function listAccountRequests(
  tx: Tx,
  filter: RequestFilter,
): Promise<AccountRequest[]> {
  const found = await rows<RequestRow>(
    tx,
    `select ${requestColumns} from account_request
     where (:accountId::text is null or account_id = :accountId) and (:clientId::text is null or client_id = :clientId)
       and (:kind::text is null or kind = :kind) and (:state::text is null or state = :state)
       and (not :told::boolean or asked_as = 'client' or state in ('working', 'done'))
       and (:after::text is null or id < :after)
     order by id desc limit :limit`,
    {
      accountId: filter.accountId ?? null,
      clientId: filter.clientId ?? null,
      kind: filter.kind ?? null,
      state: filter.state ?? null,
      told: filter.toldToHolder ?? false,
      after: filter.after ?? null,
      limit: filter.limit,
    },
  );
  return found.map(requestFromRow);
}

/** The askers' words, by request; those that gave none are not there. */
export async function reasonsOfRequests(
  tx: Tx,
  requests: readonly AccountRequest[],
): Promise<ReadonlyMap<string, string>> {
  const ids = requests.filter(({ hasReason }) => hasReason).map(({ id }) => id);
  if (ids.length === 0) return new Map();
  const found = await rows<{ id: string; client_id: string; reason_ct: string }>(
    tx,
    'select id, client_id, reason_ct from account_request where id = any (:ids) and reason_ct is not null',
    { ids },
  );
  const words = new Map<string, string>();
  // One after the other: a transaction has one connection.
  for (const row of found)
    words.set(row.id, await decryptFor(tx, row.client_id, 'account.reason', row.reason_ct));
  return words;
}
