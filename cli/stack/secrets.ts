import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import path from 'node:path';

/**
 * Keys and secrets of one installation: one file each, mode 0600, made once. Whoever loses
 * `master.key` loses every personal datum; whoever loses `signing.key` can prove nothing new.
 *
 * Keys of 32 bytes are written as 64 hexadecimal digits, the signing pair as PEM (PKCS #8, SPKI),
 * passwords as text. Each file ends with a newline.
 */
export const secretFiles = {
  /** 32 bytes: encrypts the key of each person. */
  masterKey: 'master.key',
  /** 32 bytes: blind indexes of e-mail, phone, document numbers and name tokens. */
  indexKey: 'index.key',
  /** Ed25519, private: signs audit checkpoints. */
  signingKey: 'signing.key',
  /** Ed25519, public: what an auditor is given. */
  signingPublicKey: 'signing.pub',
  /** 32 bytes: signs session cookies. */
  sessionSecret: 'session.secret',
  /** Password of the embedded PostgreSQL's superuser. */
  postgresPassword: 'postgres.password',
  /** Password of keelson_owner. */
  ownerPassword: 'owner.password',
  /** Password of keelson_app. */
  appPassword: 'app.password',
} as const;

export type SecretName = keyof typeof secretFiles;
export type Secrets = Readonly<Record<SecretName, string>>;

/** Hexadecimal digits only: no secret needs escaping in an address or a command. */
const hexKey = () => randomBytes(32).toString('hex');
const password = () => randomBytes(18).toString('hex');

/**
 * Reads the secrets and makes those that are missing.
 * @param dir the folder of the files, created with mode 0700.
 */
export async function keepSecrets(dir: string): Promise<Secrets> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);
  const read = async (name: SecretName, make: () => string): Promise<string> => {
    const file = path.join(dir, secretFiles[name]);
    // `wx` never overwrites: a key that another start has just made stays.
    if (!existsSync(file)) writeFileSync(file, `${make()}\n`, { mode: 0o600, flag: 'wx' });
    await chmod(file, 0o600);
    return readFileSync(file, 'utf8').trimEnd();
  };
  const signingKey = await read('signingKey', makeSigningKey);
  const publicKey = createPublicKey(signingKey).export({ type: 'spki', format: 'pem' });
  return {
    masterKey: await read('masterKey', hexKey),
    indexKey: await read('indexKey', hexKey),
    signingKey,
    signingPublicKey: await read('signingPublicKey', () => publicKey.toString().trimEnd()),
    sessionSecret: await read('sessionSecret', hexKey),
    postgresPassword: await read('postgresPassword', password),
    ownerPassword: await read('ownerPassword', password),
    appPassword: await read('appPassword', password),
  };
}

function makeSigningKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString().trimEnd();
}
