import { retryDecision, troubleCodes, type RetryRow } from './retry';

const table: readonly RetryRow[] = [
  { provider: '*', code: 'processing_error', decision: 'next' },
  { provider: 'stripe', code: 'processing_error', decision: 'stop' },
  { provider: 'bank', code: 'closed', decision: 'next' },
];

describe('the retry table', () => {
  it.each([
    ['bank', 'processing_error', 'next'],
    ['stripe', 'processing_error', 'stop'],
    ['bank', 'closed', 'next'],
    ['stripe', 'closed', 'stop'],
    ['bank', 'never heard of', 'stop'],
  ])('after %s says %s: %s', (provider, code, decision) => {
    expect(retryDecision(table, { provider, code })).toBe(decision);
  });

  it('counts as trouble of the provider what the next one is asked after', () => {
    expect(troubleCodes(table, 'bank')).toEqual(['processing_error', 'closed']);
    expect(troubleCodes(table, 'stripe')).toEqual([]);
  });
});
