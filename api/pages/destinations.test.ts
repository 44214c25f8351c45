import { destination, destinationOptions } from './destinations';

const server = (id: string, platform: 'mt5' | 'mt4') => ({ id, platform, name: `Live ${id}` });

describe('where an account can move', () => {
  it('is a platform by its name, and one of its servers where there are several', () => {
    const options = destinationOptions('ctrader', [
      server('mt4-a', 'mt4'),
      server('mt5-a', 'mt5'),
      server('mt4-b', 'mt4'),
    ]);
    expect(options).toEqual([
      { value: 'mt5', label: 'MetaTrader 5' },
      { value: 'mt4/mt4-a', label: 'MetaTrader 4: Live mt4-a' },
      { value: 'mt4/mt4-b', label: 'MetaTrader 4: Live mt4-b' },
    ]);
    expect(options.map(({ value }) => destination.parse(value))).toEqual([
      { platform: 'mt5' },
      { platform: 'mt4', server: 'mt4-a' },
      { platform: 'mt4', server: 'mt4-b' },
    ]);
  });

  it('is another server of the same platform by its own name', () => {
    expect(destinationOptions('mt4', [server('mt4-b', 'mt4')])).toEqual([
      { value: 'mt4/mt4-b', label: 'MetaTrader 4: Live mt4-b' },
    ]);
  });

  it.each(['', 'mt6', 'mt4/', '/mt4-a'])('is not %j', (text) => {
    expect(destination.safeParse(text).success).toBe(false);
  });
});
