import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { KeyUnavailable, type Keys } from '../../domain/keys';

/** Raw key material; it goes in here and never comes out again. */
export interface KeyMaterial {
  /** 32 bytes in hex: wraps each person's data key. */
  readonly masterKey: string;
  /** 32 bytes in hex: blind indexes, one derived key per field. */
  readonly indexKey: string;
  /** PEM (PKCS #8) of an Ed25519 private key: signs checkpoints. */
  readonly signingKey: string;
}

/**
 * The key port over the files `master.key`, `index.key` and `signing.key` of a folder.
 * Throws KeyUnavailable, naming the file, when one is missing or malformed, or when anybody but its
 * owner may touch it (wider than 0600 in a folder of 0700): a key that others read protects nothing.
 */
export function openKeys(secretsDir: string): Keys {
  refuseWiderMode(secretsDir, 'the folder of the keys', 0o700);
  const read = (name: string): string => {
    refuseWiderMode(join(secretsDir, name), name, 0o600);
    try {
      return readFileSync(join(secretsDir, name), 'utf8').trim();
    } catch (error) {
      throw new KeyUnavailable(`${name} cannot be read`, { cause: error });
    }
  };
  return keysFrom({
    masterKey: read('master.key'),
    indexKey: read('index.key'),
    signingKey: read('signing.key'),
  });
}

function refuseWiderMode(path: string, name: string, mode: number): void {
  // Windows keeps no such bits.
  if (process.platform === 'win32') return;
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new KeyUnavailable(`${name} cannot be read`);
  if ((found.mode & 0o777 & ~mode) !== 0) {
    const [is, must] = [found.mode & 0o777, mode].map((bits) => `0${bits.toString(8)}`);
    throw new KeyUnavailable(`${name} has mode ${is}; it must be ${must} or narrower`);
  }
}

/** Keys that live as long as this object: for a scratch database and tests. */
export function throwawayKeys(): Keys {
  const { privateKey } = generateKeyPairSync('ed25519');
  return keysFrom({
    masterKey: randomBytes(32).toString('hex'),
    indexKey: randomBytes(32).toString('hex'),
    signingKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  });
}

export function keysFrom(material: KeyMaterial): Keys {
  const master = bytes32('master.key', material.masterKey);
  const index = bytes32('index.key', material.indexKey);
  const signing = createPrivateKey(material.signingKey);
  const publicKey = createPublicKey(signing);
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return Object.freeze({
    wrap: (dataKey: Uint8Array, context: string) => wrap(master, dataKey, context),
    unwrap: (wrapped: string, context: string) => unwrap(master, wrapped, context),
    blindIndex: (field: string, value: string) =>
      createHmac('sha256', fieldKey(index, field)).update(value, 'utf8').digest('hex'),
    sign: (message: Uint8Array) => sign(null, message, signing).toString('base64'),
    verify: (message: Uint8Array, signature: string) =>
      verify(null, message, publicKey, Buffer.from(signature, 'base64')),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    keyId: createHash('sha256').update(spki).digest('hex').slice(0, 16),
  });
}

function bytes32(name: string, hex: string): Buffer {
  if (!/^[0-9a-f]{64}$/.test(hex)) throw new KeyUnavailable(`${name} is not 64 hexadecimal digits`);
  return Buffer.from(hex, 'hex');
}

/** A key of its own per field, so that equal values in two fields do not look alike. */
function fieldKey(index: Uint8Array, field: string): Buffer {
  return Buffer.from(hkdfSync('sha256', index, '', `keelson/index/${field}`, 32));
}

const ivBytes = 12;
const tagBytes = 16;

function wrap(master: Uint8Array, dataKey: Uint8Array, context: string): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', master, iv).setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(dataKey), cipher.final()]);
  return `k1.${Buffer.concat([iv, body, cipher.getAuthTag()]).toString('base64url')}`;
}

function unwrap(master: Uint8Array, wrapped: string, context: string): Uint8Array {
  const all = Buffer.from(wrapped.replace(/^k1\./, ''), 'base64url');
  if (!wrapped.startsWith('k1.') || all.length <= ivBytes + tagBytes) {
    throw new KeyUnavailable('not a wrapped key of this product');
  }
  const decipher = createDecipheriv('aes-256-gcm', master, all.subarray(0, ivBytes))
    .setAAD(Buffer.from(context))
    .setAuthTag(all.subarray(all.length - tagBytes));
  try {
    return Buffer.concat([
      decipher.update(all.subarray(ivBytes, all.length - tagBytes)),
      decipher.final(),
    ]);
  } catch (error) {
    throw new KeyUnavailable(`the key of ${context} does not open under this master key`, {
      cause: error,
    });
  }
}
