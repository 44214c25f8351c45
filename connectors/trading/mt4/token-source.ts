import { MalformedAnswer, record } from '../fields';
import { PlatformAuthRefused, PlatformUnavailable } from '../port';
import { WireFailure } from '../wire-failure';
import { type Connections, type WireResponse } from './http';

export interface TokenOptions {
  /** `https://host:port`, where `/.well-known/openid-configuration` lies. */
  readonly authority: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly connectMs: number;
  readonly readMs: number;
}

/** A token is renewed so long before its end, or at half its life when that is short. */
const renewBeforeMs = 60_000;
const lifeSecondsDefault = 3_600;

/** OAuth2 client credentials: one token at a time, fetched once however many ask for it. */
export class TokenSource {
  #token: { readonly value: string; readonly untilMs: number } | null = null;
  #pending: Promise<string> | null = null;
  #endpoint: URL | null = null;

  constructor(private readonly options: TokenOptions) {}

  /** A token that is good for now. Throws PlatformAuthRefused, PlatformUnavailable. */
  async get(connections: Connections): Promise<string> {
    if (this.#token !== null && Date.now() < this.#token.untilMs) return this.#token.value;
    this.#pending ??= this.#fetch(connections).finally(() => {
      this.#pending = null;
    });
    return await this.#pending;
  }

  /** Forgets a token that was refused; another that has been fetched since is kept. */
  drop(value: string): void {
    if (this.#token?.value === value) this.#token = null;
  }

  clear(): void {
    this.#token = null;
    this.#endpoint = null;
  }

  async #fetch(connections: Connections): Promise<string> {
    const askedMs = Date.now();
    const { clientId, clientSecret } = this.options;
    this.#endpoint ??= await this.#discover(connections);
    const response = await this.#send(connections, this.#endpoint, {
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
    });
    if (response.status === 400 || response.status === 401 || response.status === 403) {
      throw new PlatformAuthRefused(response.status, 'no session: the client was refused');
    }
    const answer = readJson(response, 'the token answer');
    const value = answer['access_token'];
    if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) {
      throw new PlatformUnavailable('no session: there is no token in the answer');
    }
    const given = answer['expires_in'];
    const lifeMs = (typeof given === 'number' && given > 0 ? given : lifeSecondsDefault) * 1000;
    const untilMs = askedMs + Math.max(lifeMs / 2, lifeMs - renewBeforeMs);
    this.#token = { value, untilMs };
    return value;
  }

  async #discover(connections: Connections): Promise<URL> {
    const base = this.options.authority.replace(/\/$/, '');
    const url = new URL(`${base}/.well-known/openid-configuration`);
    const endpoint = readJson(await this.#send(connections, url), 'the configuration');
    const written = endpoint['token_endpoint'];
    const found = typeof written === 'string' && URL.canParse(written) ? new URL(written) : null;
    if (found?.protocol !== 'https:') {
      throw new PlatformUnavailable('no session: the authority names no https token endpoint');
    }
    return found;
  }

  async #send(
    connections: Connections,
    url: URL,
    form?: Readonly<Record<string, string>>,
  ): Promise<WireResponse> {
    const { connectMs, readMs } = this.options;
    try {
      return await connections.write({
        url,
        method: form === undefined ? 'GET' : 'POST',
        headers: form === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' },
        ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
        connectTimeoutMs: connectMs,
        timeoutMs: readMs,
      });
    } catch (error) {
      if (error instanceof WireFailure)
        throw new PlatformUnavailable(`no session: ${error.message}`);
      throw error;
    }
  }
}

function readJson(response: WireResponse, what: string): Readonly<Record<string, unknown>> {
  if (response.status !== 200) {
    throw new PlatformUnavailable(`no session: HTTP ${response.status}`);
  }
  try {
    return record(JSON.parse(response.body), what);
  } catch (error) {
    if (error instanceof MalformedAnswer || error instanceof SyntaxError) {
      throw new PlatformUnavailable(`no session: ${what} cannot be read`);
    }
    throw error;
  }
}
