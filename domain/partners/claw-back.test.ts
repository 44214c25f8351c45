import { clawedBack, toClawBack } from './claw-back';

describe('what is clawed back', () => {
  it.each([
    [1_000n, 300n, 300n],
    [1_000n, 1_300n, 1_000n],
    [0n, 300n, 0n],
    [-50n, 300n, 0n],
    [1_000n, -300n, -300n],
    [-50n, -300n, -300n],
  ])('of %s earned with %s to take back is %s', (earned, toClaw, clawed) => {
    expect(clawedBack(earned, toClaw)).toBe(clawed);
  });
});

describe('what is still to be clawed back', () => {
  it.each([
    ['nothing was taken yet', 300n, 300n, 0n, 300n],
    ['a part was taken', 300n, 300n, 200n, 100n],
    ['fewer days now: what was taken stands', 0n, 300n, 300n, 0n],
    ['fewer days now, a part was taken: no more is', 100n, 300n, 200n, 0n],
    ['fewer days now, and one of two was won', 0n, 200n, 300n, -100n],
    ['won', 0n, 0n, 300n, -300n],
    ['more days now', 500n, 500n, 300n, 200n],
  ])('%s', (_, unearned, unearnedThen, clawed, left) => {
    expect(toClawBack({ unearned, unearnedThen, clawed })).toBe(left);
  });
});
