import { platformInWords, typeInWords } from '../../../domain/account/words';
import { evaluate } from '../../../domain/policy/evaluate';
import {
  type ClientAbout,
  platformsOffered,
  provisioningFacts,
} from '../../../domain/policy/kinds/account-provisioning';
import type { PlatformKind } from '../../../domain/trading/capabilities';
import { isInstalled, withinCap } from '../../../db/account-opening';
import type { Client } from '../../../db/clients';
import type { Tx } from '../../../db/connection';
import { readEntity } from '../../../db/entities';
import { leverageCapOf } from '../../../db/leverage-cap';
import { effectivePolicy } from '../../../db/policies';
import { listServers, type ServerRecord } from '../../../db/servers';

export interface Offer {
  readonly platform: PlatformKind;
  readonly accountType: string;
  readonly currency: string;
  readonly leverage: number;
  readonly demo: boolean;
}

/**
 * The accounts that policy would open for the client, platform by platform: what would be refused is not offered, nor
 * what no server is there for.
 */
export async function accountOffers(tx: Tx, client: Client): Promise<Offer[]> {
  const { entityId } = client;
  const { compiled } = await effectivePolicy(tx, 'account.provisioning', { entityId });
  const { parameters } = compiled.effective;
  const entity = await readEntity(tx, entityId);
  const installed = await listServers(tx);
  const cap = await leverageCapOf(tx, { ...client, clientId: client.id });
  const currencies = parameters.currencies.filter((code) => entity.currencies.includes(code));
  const about = aboutClient(client);
  return parameters.accountTypes.flatMap((accountType) =>
    currencies.flatMap((currency) =>
      platformsOffered(parameters).flatMap((platform): Offer[] => {
        const wish = { accountType, currency, platform };
        const decided = evaluate(compiled, provisioningFacts(about, wish));
        const outcome = withinCap(decided.outcome, cap);
        if (outcome.decision !== 'provision' || !isInstalled(outcome, installed)) return [];
        return [{ ...wish, leverage: outcome.leverage, demo: outcome.demo }];
      }),
    ),
  );
}

/** The account's fields that decide what else would be offered to its holder. */
type Present = Pick<Offer, 'accountType' | 'currency' | 'platform' | 'demo'>;

/** The other types that policy would give this account where it is. */
export async function typeOffers(tx: Tx, client: Client, present: Present): Promise<Offer[]> {
  return (await accountOffers(tx, client)).filter(
    ({ accountType, currency, platform, demo }) =>
      accountType !== present.accountType &&
      currency === present.currency &&
      platform === present.platform &&
      demo === present.demo,
  );
}

/** The other servers on which policy has a place for this account; play money does not move. */
export async function serverOffers(
  tx: Tx,
  client: Client,
  present: Present & { readonly serverId: string },
): Promise<ServerRecord[]> {
  if (present.demo) return [];
  const { entityId } = client;
  const { compiled } = await effectivePolicy(tx, 'account.provisioning', { entityId });
  const offered = platformsOffered(compiled.effective.parameters);
  const { accountType, currency } = present;
  return (await listServers(tx)).filter(({ id, platform }) => {
    if (id === present.serverId || !offered.includes(platform)) return false;
    const wish = { accountType, currency, platform, server: id };
    const { outcome } = evaluate(compiled, provisioningFacts(aboutClient(client), wish));
    return outcome.decision === 'provision' && outcome.server === id && !outcome.demo;
  });
}

/** As if approved and with no account yet: what would be refused for other reasons is not offered. */
function aboutClient({ residence, entityId, category }: Client): ClientAbout {
  return { residence, entityId, category, approved: true, accounts: 0, demoAccounts: 0 };
}

/** `standard/EUR/mt5`: how a form names an offer. */
export function offerName(
  offer: Pick<Offer, 'accountType' | 'currency'> & { readonly platform?: PlatformKind | undefined },
): string {
  return [offer.accountType, offer.currency, ...(offer.platform ? [offer.platform] : [])].join('/');
}

export function offerOptions(offers: readonly Offer[]) {
  return offers.map((offer) => {
    const type = typeInWords(offer.accountType);
    const words = [
      `${type.charAt(0).toUpperCase()}${type.slice(1)}`,
      offer.currency,
      platformInWords(offer.platform),
      ...(offer.demo ? ['play money'] : []),
      `leverage up to 1:${offer.leverage}`,
    ];
    return { value: offerName(offer), label: words.join(', ') };
  });
}
