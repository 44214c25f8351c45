import { worstMedia } from './adverse-media';

describe('what is published about a client', () => {
  it.each([
    [[], 'none'],
    [['none'], 'none'],
    [['low', 'high', 'medium'], 'high'],
    [['none', 'low'], 'low'],
  ] as const)('of %j weighs %s', (weights, worst) => {
    expect(worstMedia(weights)).toBe(worst);
  });
});
