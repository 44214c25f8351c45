import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as selfsigned from 'selfsigned';

/** What an HTTPS server on this machine needs, and the authority its clients must be told to trust. */
export interface ServerTls {
  cert: string;
  key: string;
  caPath: string;
}

const YEARS_VALID = 20;

export const tlsStoreName = 'tls.json';

/**
 * Loads the certificate kept in `dir`, or makes an authority and a leaf for 127.0.0.1 and localhost.
 * The authority's key is thrown away after signing: whoever trusts the PEM trusts this one server and no more.
 * Everything stands in one file, renamed into place, so that a kill never leaves a key without its certificate.
 */
export async function loadServerTls(dir: string): Promise<ServerTls> {
  mkdirSync(dir, { recursive: true });
  const storePath = join(dir, tlsStoreName);
  const caPath = join(dir, 'ca.pem');
  let stored = readStored(storePath);
  if (!stored) {
    stored = await makeChain();
    replaceFile(storePath, JSON.stringify(stored));
  }
  replaceFile(caPath, stored.ca);
  return { cert: stored.cert, key: stored.key, caPath };
}

interface StoredTls {
  ca: string;
  cert: string;
  key: string;
}

function readStored(path: string): StoredTls | null {
  if (!existsSync(path)) return null;
  const stored = JSON.parse(readFileSync(path, 'utf8')) as StoredTls;
  const expired = Date.parse(new X509Certificate(stored.cert).validTo) < Date.now();
  return expired ? null : stored;
}

async function makeChain(): Promise<StoredTls> {
  // Loaded when it is needed: it takes as long as all the rest of a trading server, which has kept its certificate.
  const { generate }: typeof selfsigned = createRequire(__filename)('selfsigned');
  const notBeforeDate = new Date(Date.now() - 86_400_000);
  const notAfterDate = new Date(Date.now() + YEARS_VALID * 365 * 86_400_000);
  const shared = {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate,
    notAfterDate,
  } as const;
  const authority = await generate([{ name: 'commonName', value: 'Local simulator authority' }], {
    ...shared,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const leaf = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...shared,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { ca: authority.cert, cert: leaf.cert, key: leaf.private };
}

function replaceFile(path: string, content: string): void {
  writeFileSync(`${path}.new`, content, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
