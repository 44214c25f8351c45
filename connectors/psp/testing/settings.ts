import { createProvider, providerSettings } from '../registry';
import { bookInMemory } from './address-book';
import { type PaymentProvider } from '../port';
import { type Simulation } from './simulation';

/** For tests only: the provider as the simulator says it is reached. */
export function connectTo(name: string): (stage: Simulation, timeoutMs: number) => PaymentProvider {
  return (stage, timeoutMs) => {
    const settings = stage.addresses.providers.find((one) => one.name === name);
    return createProvider(providerSettings.parse({ ...settings, timeoutMs }), {
      bookOf: bookInMemory,
    });
  };
}
