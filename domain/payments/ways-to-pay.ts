import { obstaclesTo, type PayerNeeds } from './capabilities';
import type { ConfiguredProvider } from './eligibility';
import { depositRails, type DepositRail } from './rails';

/** A way of paying in that somebody here takes, and what the payer has to say for it. */
export interface WayToPay {
  readonly rail: DepositRail;
  readonly currency: string;
  /** The least and the most that anybody takes at once, in minor units. */
  readonly minMinor: bigint;
  readonly maxMinor: bigint;
  readonly needs: PayerNeeds;
}

/** What a payer said of themselves beside the amount, and what is kept of it. */
export interface PayerGiven {
  /** E.164 with its plus. */
  readonly phone?: string;
  /** The bank of a virtual account, by the provider's code. */
  readonly bankCode?: string;
}

/** The same as it was typed: what was left empty is not there. */
export type PayerSaid = { readonly [Field in keyof PayerGiven]: PayerGiven[Field] | undefined };

/** The ways by which somebody of the country can pay in one of the currencies, in the order of the currencies. */
export function waysToPay(
  providers: readonly ConfiguredProvider[],
  payer: { readonly country: string; readonly currencies: readonly string[] },
): WayToPay[] {
  return payer.currencies.flatMap((currency) =>
    depositRails.flatMap((rail) => {
      const limits = providers.flatMap(({ capabilities }) => {
        const of = capabilities.operations.payment?.limits ?? {};
        const found = Object.hasOwn(of, currency) ? of[currency] : undefined;
        if (!found) return [];
        const { country } = payer;
        const amountMinor = found.minMinor;
        const movement = { operation: 'payment', rail, currency, country, amountMinor } as const;
        const needs = capabilities.payer?.[rail] ?? {};
        return obstaclesTo(capabilities, movement).length === 0 ? [{ ...found, needs }] : [];
      });
      const [first, ...others] = limits;
      if (!first) return [];
      const whole = others.reduce(
        (all, each) => ({
          minMinor: each.minMinor < all.minMinor ? each.minMinor : all.minMinor,
          maxMinor: each.maxMinor > all.maxMinor ? each.maxMinor : all.maxMinor,
          needs: { ...each.needs, ...all.needs },
        }),
        first,
      );
      return [{ rail, currency, ...whole }];
    }),
  );
}

export type Lack = 'phone' | 'bankCode';

/** What of the payer's words is missing or cannot be; nothing when the way can do with it. */
export function lacksOf(needs: PayerNeeds, given: PayerSaid): Lack[] {
  const { phonePrefix, bankCodes } = needs;
  const lacks: Lack[] = [];
  if (phonePrefix !== undefined && !given.phone?.startsWith(phonePrefix)) lacks.push('phone');
  if (bankCodes !== undefined && !bankCodes.includes(given.bankCode ?? '')) lacks.push('bankCode');
  return lacks;
}

/** No more of what the payer said than the way asks for. */
export function keptOf(needs: PayerNeeds, { phone, bankCode }: PayerSaid): PayerGiven {
  return {
    ...(needs.phonePrefix !== undefined && phone !== undefined ? { phone } : {}),
    ...(needs.bankCodes !== undefined && bankCode !== undefined ? { bankCode } : {}),
  };
}
