import type { Json } from './events';

/** A provider's message as it is kept: amounts as decimal strings of minor units, times RFC 3339, nothing undefined. */
export function normalise(message: {
  readonly provider: string;
  readonly eventId: string;
  readonly type: string;
}): { readonly [key: string]: Json } {
  const { provider: _provider, eventId: _eventId, type: _type, ...facts } = message;
  // A parser: what JSON.parse answers is Json by its definition.
  return JSON.parse(
    JSON.stringify(facts, (_key, value: unknown) =>
      typeof value === 'bigint' ? value.toString() : value,
    ),
  ) as { readonly [key: string]: Json };
}
