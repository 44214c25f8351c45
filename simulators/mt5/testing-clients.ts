import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:https';
import { authAnswer } from './auth';

/** For the tests of this folder: what a client asks of the server, whichever wire it goes over. */
export const PASSWORD = 'Manager-1';
export const TRADER = {
  Group: 'real\\cy-usd-std',
  Name: 'Ada Byron',
  Leverage: 30,
  PassMain: 'Main-pass1',
  PassInvestor: 'Read-pass1',
};

export interface Reply {
  /** HTTP's; the raw wire has none and says 200. */
  status: number;
  retcode: number;
  text: string;
  /** The whole body. */
  body: Record<string, unknown>;
  /** `answer` as one record. */
  record: Record<string, string>;
  /** `answer` as a list of records. */
  list: Record<string, string>[];
}

const PAGE = 100;

export abstract class Client {
  abstract get(path: string): Promise<Reply>;
  abstract post(path: string, body: Record<string, unknown>): Promise<Reply>;
  abstract close(): void;

  async login(password = PASSWORD, login = '1000'): Promise<Reply> {
    const start = await this.get(`auth/start?version=1985&agent=test&login=${login}&type=manager`);
    const answer = authAnswer(password, String(start.body['srv_rand']));
    const random = randomBytes(16).toString('hex');
    const done = await this.get(`auth/answer?srv_rand_answer=${answer}&cli_rand=${random}`);
    if (done.retcode === 0 && done.body['cli_rand_answer'] !== authAnswer(password, random)) {
      throw new Error('the server does not know the password');
    }
    return done;
  }

  async openAccount(fields: Record<string, unknown> = {}): Promise<number> {
    const reply = await this.post('user/add', { ...TRADER, ...fields });
    if (reply.retcode !== 0) throw new Error(reply.text);
    return Number(reply.record['Login']);
  }

  balance(login: number, amount: string, comment = 'test', type = 2): Promise<Reply> {
    return this.post('trade/balance', { login, type, balance: amount, comment });
  }

  /** All of them, page by page. */
  async deals(login: number): Promise<Record<string, string>[]> {
    const deals: Record<string, string>[] = [];
    for (;;) {
      const query = `login=${login}&from=0&to=9999999999&offset=${deals.length}&total=${PAGE}`;
      const { list } = await this.get(`deal/get_page?${query}`);
      deals.push(...list);
      if (list.length < PAGE) return deals;
    }
  }
}

/** One keep-alive connection to the Web API, its certificate checked against the given authority. */
export class RestClient extends Client {
  readonly #agent: Agent;

  constructor(
    private readonly rest: string,
    ca: string,
  ) {
    super();
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
  }

  override get(path: string): Promise<Reply> {
    return this.#send('GET', path, null, null);
  }

  override post(path: string, body: Record<string, unknown>): Promise<Reply> {
    return this.#send('POST', path, JSON.stringify(body), 'application/json');
  }

  postForm(path: string, body: string): Promise<Reply> {
    return this.#send('POST', path, body, 'application/x-www-form-urlencoded');
  }

  override close(): void {
    this.#agent.destroy();
  }

  #send(method: string, path: string, body: string | null, type: string | null): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const headers = body === null ? {} : { 'Content-Type': type ?? '' };
      const url = `${this.rest}/api/${path}`;
      const req = request(url, { method, agent: this.#agent, headers }, (res) => {
        let text = '';
        res.setEncoding('utf8');
        res.on('data', (chunk: string) => (text += chunk));
        res.on('error', reject);
        res.on('end', () => {
          try {
            resolve(readReply(res.statusCode ?? 0, text));
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        });
      });
      req.on('error', reject);
      req.end(body ?? undefined);
    });
  }
}

function readReply(status: number, text: string): Reply {
  const body = JSON.parse(text) as Record<string, unknown>;
  return {
    status,
    retcode: Number.parseInt(String(body['retcode']), 10),
    text,
    body,
    record: (body['answer'] ?? {}) as Record<string, string>,
    list: (body['answer'] ?? []) as Record<string, string>[],
  };
}
