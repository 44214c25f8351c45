import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Session } from './auth';
import type { Command, CommandResult } from './command';
import { SERVER_COMMANDS } from './commands-server';
import { readBalanceOperation, TRADE_COMMANDS } from './commands-trade';
import { USER_COMMANDS } from './commands-users';
import type { Exchange } from '../brokerage/exchange';
import { faultsFor, lasts, mistreatment, type Mistreatment } from '../brokerage/faults';
import type { Params } from './params';
import { Refusal } from '../brokerage/refusal';
import { refusalText, retcodeText } from './retcodes';
import type { Wire } from './wire';

/** REST path without `/api/` → command. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  Object.entries({ ...USER_COMMANDS, ...TRADE_COMMANDS, ...SERVER_COMMANDS }),
);

const SERVER_BUILD = '4150';

export interface DeskOptions {
  exchange: Exchange;
  now: () => number;
}

export interface Reply {
  /** As HTTP has it: 403 without a log-in, 404 for no such command, 413 for too much, 200 for all else. */
  status: 200 | 403 | 404 | 413;
  retcode: string;
  /** What stands beside the answer. */
  fields?: Record<string, string>;
  answer?: Wire;
  /** The connection ends with this reply. */
  close?: boolean;
}

/** What the client gets to see: a reply, perhaps half of it, the end of the connection, or nothing for ever. */
export type Outcome =
  { kind: 'reply'; reply: Reply; garbled: boolean } | { kind: 'cut' } | { kind: 'silence' };

/** What every wire of this server does alike: log-in, commands, and the faults that strike them. */
export class Desk {
  constructor(private readonly options: DeskOptions) {}

  /** Serves one request of a connection; `readParams` may refuse. */
  async serve(session: Session, path: string, readParams: () => Params): Promise<Outcome> {
    const read = refusable(() => {
      const params = readParams();
      return { params, reply: this.#answerSession(session, path, params) };
    });
    if (!('params' in read)) return replied(read);
    if (read.reply) return replied(read.reply);
    const command = COMMANDS.get(path);
    if (!command) return replied({ status: 404, retcode: retcodeText(13) });
    return await this.#run(command, path, read.params);
  }

  /** What concerns the connection itself; undefined when a command is to run. */
  #answerSession(session: Session, path: string, params: Params): Reply | undefined {
    const now = this.options.now();
    if (path === 'auth/start') {
      if (lasts(this.options.exchange.book.faults, 'maintenance')) return refused(1018);
      const given = {
        version: params.text('version'),
        agent: params.text('agent'),
        login: params.text('login'),
        type: params.text('type'),
      };
      const started = session.start(given, now);
      if ('retcode' in started) return refused(started.retcode);
      return done({ version_access: SERVER_BUILD, srv_rand: started.srvRand });
    }
    if (path === 'auth/answer') {
      const given = {
        srvRandAnswer: params.text('srv_rand_answer'),
        cliRand: params.text('cli_rand'),
      };
      const proven = session.answer(given, now);
      if ('retcode' in proven) return refused(proven.retcode);
      return done({
        version_access: SERVER_BUILD,
        version_trade: SERVER_BUILD,
        cli_rand_answer: proven.cliRandAnswer,
      });
    }
    if (!session.authenticated) return { status: 403, retcode: retcodeText(8) };
    if (path === 'quit') {
      session.authenticated = false;
      return { ...done({}), close: true };
    }
    return undefined;
  }

  async #run(command: Command, path: string, params: Params): Promise<Outcome> {
    const treatment = this.#strike(path, params);
    if (treatment.cutBefore) return { kind: 'cut' };
    if (treatment.waitBeforeMs > 0) await delay(treatment.waitBeforeMs);
    if (treatment.lateMs !== null) {
      this.#takeLate(params, treatment.lateMs);
      return { kind: 'cut' };
    }
    const carriedOut = treatment.applies
      ? refusable(() => this.#carryOut(command, params, treatment))
      : done({});
    if (treatment.waitAfterMs > 0) await delay(treatment.waitAfterMs);
    if (treatment.cutAfter) return { kind: 'cut' };
    if (treatment.silent) return { kind: 'silence' };
    const reply = treatment.retcode === null ? carriedOut : refused(treatment.retcode);
    return { kind: 'reply', reply, garbled: treatment.garbled };
  }

  #carryOut(command: Command, params: Params, treatment: Mistreatment): Reply {
    const { exchange, now } = this.options;
    const context = { exchange, now: now(), booking: treatment.booking };
    const result: CommandResult = command(params, context);
    return {
      ...done(result.top ?? {}),
      ...(result.answer === undefined ? {} : { answer: result.answer }),
    };
  }

  /** Finds the faults that strike this command and counts them down, durably: a restart does not make them strike twice. */
  #strike(path: string, params: Params): Mistreatment {
    const { book } = this.options.exchange;
    const login = /^\d+$/.test(params.text('login')) ? Number(params.text('login')) : null;
    const striking = faultsFor(book.faults.values(), path, login);
    const counted = striking.filter((fault) => fault.times !== null);
    book.commit(
      counted.map((fault) => ({
        kind: 'fault',
        fault: { ...fault, times: (fault.times ?? 1) - 1 },
      })),
    );
    return mistreatment(striking);
  }

  #takeLate(params: Params, ms: number): void {
    const operation = readBalanceOperation(params);
    const late = { id: randomUUID(), dueAt: this.options.now() + ms, operation };
    this.options.exchange.book.commit([{ kind: 'late', late }]);
  }
}

function replied(reply: Reply): Outcome {
  return { kind: 'reply', reply, garbled: false };
}

function done(fields: Record<string, string>): Reply {
  return { status: 200, retcode: retcodeText(0), fields };
}

function refused(retcode: number): Reply {
  return { status: 200, retcode: retcodeText(retcode) };
}

/** Runs something that may refuse; a refusal becomes its answer. */
function refusable<T>(run: () => T): T | Reply {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { status: 200, retcode: refusalText(error) };
  }
}
