import { isLoopback, splitAddress } from '../address';
import { readAuthority } from '../certificate';
import { type Mt5Connection } from './connection';
import { type CryptMethod, RawConnection } from './raw-connection';
import { RestConnection } from './rest-connection';

/** The two ways to one server, with the same commands: HTTPS, or the raw protocol over plain TCP. */
export type WireOptions = RestWire | RawWire;

export interface RestWire {
  readonly transport: 'rest';
  /** `https://host:port`. */
  readonly rest: string;
  /** PEM file, read anew at each connect: a server may come back with another certificate. */
  readonly caPath: string | null;
  readonly contentType: string;
}

export interface RawWire {
  readonly transport: 'raw';
  /** `host:port`. */
  readonly raw: string;
  readonly crypt: CryptMethod;
}

/** A wire that would carry passwords in clear, or leads nowhere. Throws RangeError. */
export function checkWire(wire: WireOptions): void {
  if (wire.transport === 'rest') {
    if (new URL(wire.rest).protocol === 'https:') return;
    throw new RangeError('REST is spoken over https only');
  }
  const { host } = rawAddress(wire);
  if (wire.crypt === 'none' && !isLoopback(host)) {
    throw new RangeError(
      'without a cipher raw is spoken to this machine only, as to a tunnel’s end',
    );
  }
}

/** Throws WireFailure (`connect`, not sent), PlatformUnavailable. */
export async function openConnection(
  wire: WireOptions,
  { password, connectTimeoutMs }: { readonly password: string; readonly connectTimeoutMs: number },
): Promise<Mt5Connection> {
  if (wire.transport === 'raw') {
    const { crypt } = wire;
    return await RawConnection.open({ ...rawAddress(wire), crypt, password, connectTimeoutMs });
  }
  return await RestConnection.open({
    rest: new URL(wire.rest),
    ca: await readAuthority(wire.caPath),
    contentType: wire.contentType,
    connectTimeoutMs,
  });
}

function rawAddress(wire: RawWire): { readonly host: string; readonly port: number } {
  const address = splitAddress(wire.raw);
  if (address === null) throw new RangeError('a raw address is host:port');
  return address;
}
