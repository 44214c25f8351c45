import { Client as PgClient } from 'pg';

/** Processes that are neither ended nor waiting for a person, a client or the next deal. */
export async function workInFlight(ownerUrl: string): Promise<number> {
  const client = new PgClient({ connectionString: ownerUrl });
  try {
    await client.connect();
    const { rows } = await client.query<{ n: number }>(
      `select count(*)::int as n from process where finished_at is null and workflow not in ('dealFeed', 'paymentWatch')
         and (waits_for is null or waits_for in ('a worker', 'proof of what happened outside', 'the other side to be reachable')
           or waits_for like 'the payer%' or waits_for like 'confirmations at%' or waits_for like 'payment by%')`,
    );
    return rows[0]?.n ?? 0;
  } finally {
    await client.end().catch(() => undefined);
  }
}
