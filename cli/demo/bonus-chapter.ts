import { isRecord } from '../../domain/record';
import { accountOf } from './applicants';
import { campaign, campaignPercent } from './campaign-draft';
import { list, text, until } from './http';
import { inState, recordMoney, type Sum } from './money';
import type { Report } from './report';
import type { Person } from './world';

type Body = Readonly<Record<string, unknown>>;

/**
 * Whoever is new takes what a campaign offers for a deposit: credit on the account, lent and no money. Before the money
 * leaves the account again the credit goes.
 */
export async function takeCampaign(
  report: Report,
  mali: Person,
  { depositId, amount }: { readonly depositId: string; readonly amount: Sum },
): Promise<void> {
  const accountId = text(await accountOf(mali, ['active']), 'id');
  const move = async (direction: string, wish: Body = {}) => {
    const body = { accountId, direction, amount, ...wish };
    return text(await mali.post('/api/v1/transfers', body), 'id');
  };
  const ended = (id: string) => inState(mali, `/api/v1/transfers/${id}`, ['done', 'refused']);
  const there = await move('to_account', { bonus: { depositId, campaign } });
  await ended(there);
  const given = await bonusOf(mali, accountId, 'active');
  report.step(
    `mali: took the campaign ${campaign}, and her account has ${campaignPercent} % of her deposit as credit`,
    `${worded(given['amount'])} for ${amount.amount} ${amount.currency}; it is a memo in the ledger, and no money`,
  );
  const back = await ended(await move('to_wallet'));
  const gone = await bonusOf(mali, accountId, 'removed');
  report.step(
    'mali: asked for her money back, and the credit went before it',
    `bonus ${String(gone['state'])}, ${worded(gone['remaining'])} left of it; transfer ${String(back['state'])}`,
  );
  report.record('mali.bonus', { state: gone['state'], amount: gone['amount'] });
  recordMoney(report, 'mali.fromAccount', back);
}

function bonusOf(mali: Person, accountId: string, state: string): Promise<Body> {
  return until(`the bonus to be ${state}`, async () => {
    const page = await mali.get(`/api/v1/bonuses?accountId=${accountId}`);
    return list(page, 'data').find((bonus) => bonus['state'] === state);
  });
}

function worded(sum: unknown): string {
  if (!isRecord(sum)) throw new Error('a bonus has no sum');
  return `${text(sum, 'amount')} ${text(sum, 'currency')}`;
}
