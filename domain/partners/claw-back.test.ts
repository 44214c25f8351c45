import { clawedBack } from './claw-back';

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
