import { createServer, type Server, type TLSSocket } from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import type { Exchange } from '../brokerage/exchange';
import { lasts } from '../brokerage/faults';
import type { Deal } from '../brokerage/records';
import { isOperation, type CtraderBook } from './book';
import { CtraderError, ctraderError, EXECUTION } from './codes';
import { encodeFrame, type Envelope, FrameReader } from './frames';
import { answerRequest, commandOf, loginNamed, spotEvent } from './manager-requests';
import { decodeMessage, type Fields, payloadName, type PayloadName } from './messages';
import { plantedRefusal, strike } from './strike';
import { dealRecord, historyRecord } from './wire';
import type { ManagerAccount } from './web-services';

export interface ManagerApiOptions {
  book: CtraderBook;
  exchange: Exchange;
  account: ManagerAccount;
  plantId: string;
  environmentName: string;
  tls: { cert: string; key: string };
  /** A connection that says nothing for so long is dropped. */
  silenceMs: number;
  now: () => number;
  log: (line: string) => void;
}

/** Events of longer ago are history: a back-filled month is not told again. */
const EVENT_AGE_MAX_MS = 60_000;
const QUOTE_EVERY_MS = 1_000;
/** How often this side beats in the time after which it drops a silent one. */
const BEATS_IN_SILENCE = 6;

interface Session {
  readonly socket: TLSSocket;
  readonly reader: FrameReader;
  authenticated: boolean;
  /** Half-open: hears nothing more and says nothing more. */
  deaf: boolean;
  /** By the machine's clock, as silence is. */
  heardAt: number;
  readonly spots: Set<number>;
}

/** The Manager API: protobuf frames over TLS, requests and events on one connection. */
export class ManagerApi {
  readonly server: Server;
  readonly #sessions = new Set<Session>();
  #eventId = 0;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(private readonly options: ManagerApiOptions) {
    this.server = createServer({ ...options.tls, minVersion: 'TLSv1.2' }, (socket) =>
      this.#open(socket),
    );
    this.server.on('tlsClientError', (_error, socket) => socket.destroy());
    options.book.onDeal((deal) => this.#announce(deal));
  }

  get count(): number {
    return this.#sessions.size;
  }

  /** Beats, and tells the quotes that are subscribed to. */
  start(): void {
    const every = (ms: number, tell: (session: Session) => void): void => {
      const timer = setInterval(() => {
        for (const session of this.#sessions) if (!session.deaf) tell(session);
      }, ms);
      this.#timers.push(timer);
    };
    every(QUOTE_EVERY_MS, (session) => this.#quote(session));
    const { silenceMs } = this.options;
    every(silenceMs / BEATS_IN_SILENCE, (session) => {
      if (Date.now() - session.heardAt > silenceMs) session.socket.destroy();
      else this.#send(session, 'Heartbeat', {});
    });
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.cut();
  }

  cut(): void {
    for (const { socket } of this.#sessions) socket.destroy();
  }

  #open(socket: TLSSocket): void {
    const session: Session = {
      socket,
      reader: new FrameReader(),
      authenticated: false,
      deaf: false,
      heardAt: Date.now(),
      spots: new Set(),
    };
    this.#sessions.add(session);
    socket.setNoDelay(true);
    socket.on('close', () => this.#sessions.delete(session));
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      session.heardAt = Date.now();
      try {
        for (const envelope of session.reader.push(chunk)) this.#receive(session, envelope);
      } catch (error) {
        this.options.log(`not a frame: ${error instanceof Error ? error.message : String(error)}`);
        socket.destroy();
      }
    });
    this.#send(session, 'Hello', {});
  }

  #receive(session: Session, envelope: Envelope): void {
    if (session.deaf) return;
    this.#answer(session, envelope).catch((error: unknown) => {
      this.options.log(`request failed: ${error instanceof Error ? error.stack : String(error)}`);
      session.socket.destroy();
    });
  }

  async #answer(session: Session, envelope: Envelope): Promise<void> {
    const name = payloadName(envelope.payloadType);
    const refuse = (error: CtraderError): void =>
      this.#send(
        session,
        'ErrorRes',
        { errorCode: error.code, description: error.message },
        envelope.clientMsgId,
      );
    // Each side beats by itself: a client that answers beats would be answered for ever.
    if (name === 'Heartbeat') return;
    if (name === undefined) return refuse(new CtraderError('INVALID_REQUEST', 'unknown message'));
    const request = decodeMessage(name, envelope.payload);
    if (name === 'ManagerAuthReq') {
      const refused = this.#authenticate(session, request);
      if (refused) return refuse(refused);
      return this.#send(session, 'ManagerAuthRes', { permission: [] }, envelope.clientMsgId);
    }
    const command = commandOf(name);
    if (!session.authenticated || command === null) {
      return refuse(new CtraderError('NOT_ENOUGH_RIGHTS', 'not authenticated'));
    }
    await this.#run(session, { name, command, request, id: envelope.clientMsgId, refuse });
  }

  async #run(
    session: Session,
    call: {
      name: PayloadName;
      command: string;
      request: Fields;
      id: string | undefined;
      refuse: (error: CtraderError) => void;
    },
  ): Promise<void> {
    const { exchange, book, now } = this.options;
    const treatment = strike(book, call.command, loginNamed(call.request));
    if (treatment.cutBefore) return void session.socket.destroy();
    if (treatment.waitBeforeMs > 0) await delay(treatment.waitBeforeMs);
    let answer: { name: PayloadName; fields: Fields } | null = null;
    try {
      if (treatment.applies) {
        const { spots } = session;
        const context = { exchange, book, now, treatment, twice: this.#twice(), spots };
        answer = answerRequest(call.name, call.request, context);
      }
    } catch (error) {
      return call.refuse(ctraderError(error));
    }
    if (treatment.waitAfterMs > 0) await delay(treatment.waitAfterMs);
    if (treatment.cutAfter) return void session.socket.destroy();
    if (treatment.silent) {
      session.deaf = true;
      return;
    }
    const planted = plantedRefusal(treatment);
    if (planted) return call.refuse(planted);
    if (!answer) return;
    this.#send(session, answer.name, answer.fields, call.id);
    if (answer.name === 'SubscribeSpotQuotesRes') this.#quote(session);
  }

  #authenticate(session: Session, request: Fields): CtraderError | null {
    const { book, account, plantId, environmentName } = this.options;
    if (lasts(book.faults, 'maintenance')) {
      return new CtraderError('SERVER_IS_UNDER_MAINTENANCE', 'come back later');
    }
    session.authenticated =
      request.plantId === plantId &&
      request.environmentName === environmentName &&
      request.login === account.login &&
      request.passwordHash === account.hashedPassword;
    if (session.authenticated) return null;
    return new CtraderError('AUTHENTICATION_FAILED', 'no such manager here');
  }

  /** Tells everybody of a deal, a hidden one when it comes to light. */
  #announce(deal: Deal): void {
    const { now, exchange } = this.options;
    if (deal.timeMsc - exchange.offsetMs() < now() - EVENT_AGE_MAX_MS) return;
    const hiddenMs = (deal.visibleAt ?? 0) - now();
    if (hiddenMs > 0) setTimeout(() => this.#push(deal), hiddenMs).unref();
    else this.#push(deal);
  }

  #push(deal: Deal): void {
    const { book } = this.options;
    this.#eventId += 1;
    const event = isOperation(deal)
      ? { executionType: EXECUTION.depositWithdraw, depositWithdraw: historyRecord(book, deal) }
      : { executionType: EXECUTION.orderFilled, deal: dealRecord(book, deal) };
    const fields = { ...event, eventId: this.#eventId, isServerEvent: true };
    const copies = this.#twice() ? 2 : 1;
    for (const session of this.#sessions) {
      if (!session.authenticated || session.deaf) continue;
      for (let copy = 0; copy < copies; copy += 1) this.#send(session, 'ExecutionEvent', fields);
    }
  }

  #quote(session: Session): void {
    for (const id of session.spots) {
      const spot = spotEvent(id, this.options.exchange, this.options.now());
      if (spot) this.#send(session, 'SpotEvent', spot);
    }
  }

  #twice(): boolean {
    return lasts(this.options.book.faults, 'deliver_twice');
  }

  #send(session: Session, name: PayloadName, fields: Fields, clientMsgId?: string): void {
    if (!session.socket.destroyed) session.socket.write(encodeFrame(name, fields, clientMsgId));
  }
}
