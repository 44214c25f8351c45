import type { OverlayChange } from '../../domain/policy/body';
import type { ShippedLayer } from '../../domain/policy/defaults/shipped';
import type { PolicyKind } from '../../domain/policy/kinds/registry';

/** What one entity has of its own: parameters in the place of those of everybody. */
export function ownParameters(
  kind: PolicyKind,
  entityId: string,
  parameters: object,
): ShippedLayer {
  const changes = Object.entries(parameters).map(([name, value]): OverlayChange<unknown> => ({
    ...{ target: 'parameter', mode: 'override', name, value, reason: 'agreed' },
  }));
  return { kind, layer: 'entity', layerKey: entityId, body: { title: 'Own', changes } };
}
