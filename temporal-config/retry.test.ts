import { activityBounds } from './retry';

describe('bounds of activities', () => {
  it('bound every attempt', () => {
    for (const options of Object.values(activityBounds)) {
      expect(options.startToCloseTimeout).toBeDefined();
    }
  });

  it('bound the total of everything but compensations, which must happen', () => {
    const { compensation, ...others } = activityBounds;
    expect(compensation).not.toHaveProperty('scheduleToCloseTimeout');
    for (const options of Object.values(others)) {
      expect(options.scheduleToCloseTimeout).toBeDefined();
    }
  });

  it('try once-only calls once', () => {
    expect(activityBounds.onceOnly.retry).toEqual({ maximumAttempts: 1 });
  });
});
