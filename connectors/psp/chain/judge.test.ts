import fc from 'fast-check';
import { judge, minorOfUnits, sumOf, unitsOf, type Paying, type Terms } from './judge';

let made = 0;
function paying(units: bigint, blockNumber: number, blockTime = blockNumber * 12): Paying {
  made += 1;
  const id = `0x${made}`;
  return { id, units, blockNumber, blockHash: '0x', blockTime, logIndex: made };
}

function terms(head: number, change: Partial<Terms> = {}): Terms {
  return {
    ...{ askedUnits: 100n, confirmations: 3, topUpSeconds: 600, closedBlock: null },
    head: { number: head, timestamp: head * 12 },
    ...change,
  };
}

const statusAt = (transfers: readonly Paying[], head: number, change?: Partial<Terms>) =>
  judge(transfers, terms(head, change)).status;

describe('what transfers to an address come to', () => {
  it('waits for the payer, then for confirmations, then is paid', () => {
    expect(statusAt([], 10)).toBe('open');
    const whole = [paying(100n, 10)];
    expect(statusAt(whole, 10)).toBe('processing');
    expect(statusAt(whole, 11)).toBe('processing');
    expect(statusAt(whole, 12)).toBe('succeeded');
  });

  it('adds up parts that come in time, and is paid when the last of them is confirmed', () => {
    const parts = [paying(1n, 10), paying(99n, 20)];
    expect(statusAt(parts, 21)).toBe('processing');
    expect(judge(parts, terms(22))).toMatchObject({
      status: 'succeeded',
      counted: parts,
      extra: [],
    });
  });

  it('is paid by too little when the rest does not come in time', () => {
    const [part] = [paying(40n, 10)];
    expect(statusAt([part], 59)).toBe('processing');
    expect(judge([part], terms(60))).toMatchObject({ status: 'succeeded', counted: [part] });
  });

  it('tells apart what comes when the amount is reached, once it is confirmed', () => {
    const [whole, more] = [paying(100n, 10), paying(5n, 11)];
    expect(judge([whole, more], terms(12))).toMatchObject({ counted: [whole], extra: [] });
    expect(judge([whole, more], terms(13))).toMatchObject({ counted: [whole], extra: [more] });
  });

  it('tells apart what comes long after the part before', () => {
    const [part, late] = [paying(40n, 10), paying(60n, 61)];
    expect(judge([part, late], terms(80))).toMatchObject({
      ...{ status: 'succeeded', counted: [part], extra: [late] },
    });
  });

  it('counts too much at once as one payment, since nobody can say which part is meant', () => {
    const [more] = [paying(120n, 10)];
    expect(judge([more], terms(12))).toMatchObject({ status: 'succeeded', counted: [more] });
  });

  it('counts nothing after the block it was closed at', () => {
    const [early, late] = [paying(40n, 10), paying(60n, 14)];
    expect(judge([early, late], terms(20, { closedBlock: 13 }))).toMatchObject({
      ...{ status: 'succeeded', counted: [early], extra: [late] },
    });
    expect(judge([late], terms(20, { closedBlock: 13 }))).toMatchObject({
      ...{ status: 'cancelled', counted: [], extra: [late] },
    });
  });

  it('goes back to open when a reorganisation takes the transfer away', () => {
    expect(statusAt([paying(100n, 10)], 11)).toBe('processing');
    expect(statusAt([], 11)).toBe('open');
  });

  it('is the same whoever looks in which order, and whatever comes later', () => {
    const transfer = fc.record({
      units: fc.bigInt({ min: 1n, max: 150n }),
      block: fc.integer({ min: 1, max: 60 }),
    });
    fc.assert(
      fc.property(
        fc.array(transfer, { maxLength: 8 }),
        fc.integer({ min: 3, max: 60 }),
        (drawn, head) => {
          const all = drawn.map(({ units, block }) => paying(units, block));
          const soFar = all.filter(({ blockNumber }) => blockNumber <= head);
          const now = judge(soFar, terms(head));
          expect(judge([...soFar].reverse(), terms(head))).toEqual(now);
          expect(sumOf(now.counted) + sumOf(now.extra)).toBeLessThanOrEqual(sumOf(soFar));
          if (now.status !== 'succeeded') return;
          // What was told once is told for ever: later blocks add to what is apart, not to the payment.
          const later = judge(all, terms(200));
          expect(later.counted).toEqual(now.counted);
          expect(later.extra.slice(0, now.extra.length)).toEqual(now.extra);
        },
      ),
    );
  });
});

describe('units of a contract', () => {
  const fine = { currency: 'USDT', contract: '0x', decimals: 18 };

  it('are minor units of the books, finer ones cut off', () => {
    expect(unitsOf(1_500_000n, fine)).toBe(1_500_000_000_000_000_000n);
    expect(minorOfUnits(1_500_000_999_999_999_999n, fine)).toBe(1_500_000n);
    expect(minorOfUnits(7n, { ...fine, decimals: 6 })).toBe(7n);
  });

  it('are exact where a float and a 64-bit integer are not', () => {
    const dai = { currency: 'DAI', contract: '0x', decimals: 18 };
    const most = 123_456_789_012_345_678_901_234_567n;
    expect(minorOfUnits(unitsOf(most, dai), dai)).toBe(most);
  });
});
