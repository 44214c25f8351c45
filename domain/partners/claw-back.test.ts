import { clawedBack } from './claw-back';

it.each([
  ['nothing', 1_000n, 0n, 0n],
  ['a part', 1_000n, 400n, 400n],
  ['no more than there is', 1_000n, 4_000n, 1_000n],
  ['back what was taken', 1_000n, -300n, -300n],
  ['back where nothing was earned', 0n, -300n, -300n],
])('takes %s', (_name, earned, toClaw, expected) => {
  expect(clawedBack(earned, toClaw)).toBe(expected);
});
