import path from 'node:path';
import {
  EnvironmentError,
  environmentSchema,
  readEnvironment,
  requireVariable,
} from './environment.schema';

describe('the environment', () => {
  it('has a word on every variable', () => {
    for (const [name, variable] of Object.entries(environmentSchema.shape)) {
      expect([name, variable.description]).toEqual([name, expect.stringMatching(/\.$/)]);
    }
  });

  it('is usable when nothing is set', () => {
    const environment = readEnvironment({});
    expect(environment.KEELSON_DATA).toBe(path.resolve('.keelson'));
    expect(environment.KEELSON_SECRETS_DIR).toBe(path.resolve('.keelson/secrets'));
    expect(environment.KEELSON_SETTLE_WINDOW_MS).toBe(300_000);
  });

  it('takes an empty variable as absent', () => {
    expect(readEnvironment({ DATABASE_URL: '', KEELSON_API_PORT: '' })).toEqual(
      readEnvironment({}),
    );
  });

  it('names every wrong variable and shows no value', () => {
    const read = () =>
      readEnvironment({ DATABASE_URL: 'mysql://root:hunter2@db/x', KEELSON_API_PORT: '70000' });
    expect(read).toThrow(EnvironmentError);
    expect(read).toThrow(/DATABASE_URL: .*\n\s+KEELSON_API_PORT: /);
    expect(read).not.toThrow(/hunter2/);
  });

  it('says which variable a process cannot do without, and what it means', () => {
    const environment = readEnvironment({ KEELSON_STRIPE_SECRET: 'sk' });
    expect(requireVariable(environment, 'KEELSON_STRIPE_SECRET')).toBe('sk');
    expect(() => requireVariable(environment, 'KEELSON_BANK_KEY')).toThrow(
      /KEELSON_BANK_KEY is not set: Key that signs/,
    );
  });
});
