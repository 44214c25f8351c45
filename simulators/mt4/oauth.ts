import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const TOKEN_LIFE_MS = 3_600_000;

export interface HttpAnswer {
  status: number;
  body: unknown;
}

/** OAuth2 client credentials: a token for an hour, kept in memory, so that a restart ends every token. */
export class Authority {
  readonly #tokens = new Map<string, number>();

  constructor(
    private readonly client: { id: string; secret: string },
    private readonly now: () => number,
  ) {}

  discovery(origin: string): HttpAnswer {
    return {
      status: 200,
      body: {
        issuer: origin,
        token_endpoint: `${origin}/connect/token`,
        grant_types_supported: ['client_credentials'],
        token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
      },
    };
  }

  /** `body` is a form; the client may name itself in it or by Basic authentication. */
  token(body: string, authorization: string | undefined): HttpAnswer {
    const form = new URLSearchParams(body);
    if (form.get('grant_type') !== 'client_credentials') {
      return refused('unsupported_grant_type', 'only client_credentials is supported');
    }
    const basic = /^Basic (.+)$/.exec(authorization ?? '');
    const [basicId = '', basicSecret = ''] = basic?.[1]
      ? Buffer.from(basic[1], 'base64').toString('utf8').split(':')
      : [];
    const id = form.get('client_id') ?? decodeURIComponent(basicId);
    const secret = form.get('client_secret') ?? decodeURIComponent(basicSecret);
    if (!same(id, this.client.id) || !same(secret, this.client.secret)) {
      return { ...refused('invalid_client', 'the client is not known'), status: 401 };
    }
    const token = randomBytes(32).toString('base64url');
    this.#tokens.set(token, this.now() + TOKEN_LIFE_MS);
    return {
      status: 200,
      body: { access_token: token, token_type: 'Bearer', expires_in: TOKEN_LIFE_MS / 1000 },
    };
  }

  accepts(authorization: string | undefined): boolean {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
    return (this.#tokens.get(token) ?? 0) > this.now();
  }

  /** Ends every token, as a restart or an administrator would. */
  expireAll(): number {
    const ended = this.#tokens.size;
    this.#tokens.clear();
    return ended;
  }
}

function refused(error: string, description: string): HttpAnswer {
  return { status: 400, body: { error, error_description: description } };
}

function same(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
