import type { PassedOver } from './route';

/** Why a provider does not take a payment, as people read it behind its name. */
export const passOverWords: Readonly<Record<PassedOver['reason'], string>> = {
  OTHER_RAIL: 'does not have this way of paying',
  OTHER_CURRENCY: 'does not take the currency',
  OTHER_COUNTRY: 'does not serve the country',
  OUTSIDE_LIMITS: 'has limits that the amount is outside of',
  STOPPED: 'is stopped',
  TRIED: 'has refused this payment, or was not reached',
  UNHEALTHY: 'fails at present',
  NOT_CONFIGURED: 'is named and not configured here',
  NOT_NAMED: 'is not named by the rule, nor by the default list',
};

/** Why a provider was left for the next one, or the payment ended with it. */
export function leftWords(code: string): string {
  if (code === 'not_sent') return 'was not reached: nothing was sent';
  return code === 'halted' ? 'was stopped before anything was sent' : `refused it: ${code}`;
}
