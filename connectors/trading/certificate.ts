import { readFile } from 'node:fs/promises';
import { PlatformUnavailable } from './port';

/**
 * PEM of the authority that signed a server's certificate; null trusts the system's. Read anew at each connect: a
 * server may come back with another certificate. Throws PlatformUnavailable.
 */
export async function readAuthority(path: string | null): Promise<string | null> {
  if (path === null) return null;
  try {
    return await readFile(path, 'utf8');
  } catch {
    throw new PlatformUnavailable('the certificate file of the server cannot be read');
  }
}
