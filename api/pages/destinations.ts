import { z } from 'zod';
import { platformInWords } from '../../domain/account/words';
import { platformKinds, type PlatformKind } from '../../domain/trading/capabilities';
import type { ServerRecord } from '../../db/servers';
import { platform } from '../schemas';

interface Destination {
  readonly platform: PlatformKind;
  readonly server?: string;
}

const shape = new RegExp(`^(${platformKinds.join('|')})(/[a-z0-9-]{1,20})?$`);

/** Where an account is to move, as a form sends it: `mt4`, or `mt4/mt4-live2` for one of several servers. */
export const destination = z
  .string()
  .regex(shape, 'is not offered')
  .transform((text): Destination => {
    const [make, server] = text.split('/');
    return { platform: platform.parse(make), ...(server === undefined ? {} : { server }) };
  });

/** A platform by its name; each of its servers by its own where there are several, or the platform is the same. */
export function destinationOptions(
  present: PlatformKind,
  servers: readonly Pick<ServerRecord, 'id' | 'name' | 'platform'>[],
): { readonly value: string; readonly label: string }[] {
  return platformKinds.flatMap((kind) => {
    const serving = servers.filter((server) => server.platform === kind);
    const words = platformInWords(kind);
    if (serving.length < 2 && kind !== present)
      return serving.map(() => ({ value: kind, label: words }));
    return serving.map(({ id, name }) => ({ value: `${kind}/${id}`, label: `${words}: ${name}` }));
  });
}
