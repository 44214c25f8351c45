import { type PlatformKind } from '../../trading/capabilities';
import { type PolicyBody, type PolicyOverlay } from '../body';
import { type ParametersOf, type PolicyKind, type ThenOf } from '../kinds/registry';
import { type PolicyLayerName } from '../version';

/** The entities and servers that the shipped policies name. */
export interface Installation {
  readonly cysecEntity: string;
  readonly offshoreEntity: string;
  /** `trading_server.id` of the server of each platform. */
  readonly servers: Readonly<Record<PlatformKind, string>>;
}

export const demoInstallation: Installation = {
  cysecEntity: 'cy',
  offshoreEntity: 'off',
  servers: { mt5: 'mt5', mt4: 'mt4', ctrader: 'ctrader' },
};

/** Jurisdictions of the two entities: CySEC, and the FSA of Seychelles. */
export const cysecJurisdiction = 'CY';
export const offshoreJurisdiction = 'SC';
/** Of entities that an installation may add. */
export const ukJurisdiction = 'GB';
export const australiaJurisdiction = 'AU';
export const southAfricaJurisdiction = 'ZA';

/** One layer to be stored as a published policy version. */
export interface ShippedLayer {
  readonly kind: PolicyKind;
  readonly layer: PolicyLayerName;
  readonly layerKey: string;
  readonly body: PolicyBody<unknown, unknown> | PolicyOverlay;
}

/** The layers of one kind, typed where they are written. */
export interface ShippedPolicy<K extends PolicyKind> {
  readonly base: PolicyBody<ThenOf<K>, ParametersOf<K>>;
  readonly cysec?: PolicyOverlay<ThenOf<K>>;
  readonly offshore?: PolicyOverlay<ThenOf<K>>;
  readonly uk?: PolicyOverlay<ThenOf<K>>;
  readonly australia?: PolicyOverlay<ThenOf<K>>;
  readonly southAfrica?: PolicyOverlay<ThenOf<K>>;
  readonly cysecEntity?: PolicyOverlay<ThenOf<K>>;
  readonly offshoreEntity?: PolicyOverlay<ThenOf<K>>;
}

/** Spreads a shipped policy into storable layers, the base first. */
export function layersOf<K extends PolicyKind>(
  kind: K,
  installation: Installation,
  policy: ShippedPolicy<K>,
): ShippedLayer[] {
  const layer = (
    name: PolicyLayerName,
    layerKey: string,
    body: PolicyBody<ThenOf<K>, ParametersOf<K>> | PolicyOverlay<ThenOf<K>> | undefined,
  ): ShippedLayer[] => (body === undefined ? [] : [{ kind, layer: name, layerKey, body }]);
  return [
    ...layer('base', '', policy.base),
    ...layer('jurisdiction', cysecJurisdiction, policy.cysec),
    ...layer('jurisdiction', offshoreJurisdiction, policy.offshore),
    ...layer('jurisdiction', ukJurisdiction, policy.uk),
    ...layer('jurisdiction', australiaJurisdiction, policy.australia),
    ...layer('jurisdiction', southAfricaJurisdiction, policy.southAfrica),
    ...layer('entity', installation.cysecEntity, policy.cysecEntity),
    ...layer('entity', installation.offshoreEntity, policy.offshoreEntity),
  ];
}
