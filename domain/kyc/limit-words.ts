import { type KycLimitsThen, type LimitPeriod } from '../policy/kinds/kyc-limits';

const periods: Readonly<Record<LimitPeriod, string>> = {
  '24h': 'in 24 hours',
  '7d': 'in 7 days',
  '30d': 'in 30 days',
  '365d': 'in 365 days',
};

/** What a limit allows, as a client reads it after "you can": `deposit up to 2000.00 EUR in all`. */
export function limitInWords(limit: KycLimitsThen, referenceCurrency: string): string {
  switch (limit.limit) {
    case 'deposit':
    case 'withdrawal':
    case 'trading': {
      const verbs = {
        deposit: 'deposit',
        withdrawal: 'withdraw',
        trading: 'have moved to trading accounts',
      };
      const over = limit.period === undefined ? 'in all' : periods[limit.period];
      const only = limit.currency === undefined ? '' : ' in this currency alone,';
      return `${verbs[limit.limit]} up to ${limit.max} ${limit.currency ?? referenceCurrency}${only} ${over}`;
    }
    case 'balance':
      return `keep up to ${limit.max} ${limit.currency ?? referenceCurrency} in your wallet`;
    case 'accounts':
      return limit.most === 1 ? 'have one live account' : `have ${limit.most} live accounts`;
    case 'leverage':
      return `trade with leverage up to 1:${limit.leverage}`;
  }
}
