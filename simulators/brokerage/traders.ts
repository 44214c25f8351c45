import type { Exchange } from './exchange';
import { NO_MISTREATMENT } from './faults';
import { randomStream } from '../market/market';
import { ACTION, type Change } from './records';
import { Refusal } from './refusal';
import { findSymbol, SYMBOLS } from '../market/symbols';

const TICK_MS = 250;
const BOTS_EVERY_TICKS = 4;
const POSITIONS_PER_BOT = 3;
const BOT_ENTERS = 0.25;
const STOP_OUT = 5;

/** What goes on by itself: late operations, positions that are due, stop-outs, and bots that trade on chosen log-ins. */
export class Traders {
  readonly #random: () => number;
  #timer: NodeJS.Timeout | null = null;
  #ticks = 0;

  constructor(
    private readonly exchange: Exchange,
    private readonly now: () => number,
    private readonly log: (line: string) => void,
    seed: number,
  ) {
    this.#random = randomStream(seed + 17);
  }

  start(): void {
    this.#timer = setInterval(() => {
      try {
        this.tick();
      } catch (error) {
        this.log(`market tick failed: ${error instanceof Error ? error.stack : String(error)}`);
      }
    }, TICK_MS);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /** One step of the server's own life; public so that a test can take it without waiting. */
  tick(): void {
    const now = this.now();
    this.#ticks += 1;
    this.#bookLate(now);
    this.#rollOver(now);
    this.#closeDue(now);
    this.#stopOut(now);
    if (this.#ticks % BOTS_EVERY_TICKS === 0) this.#runBots(now);
  }

  #bookLate(now: number): void {
    const { book } = this.exchange;
    for (const late of [...book.late.values()].filter(({ dueAt }) => dueAt <= now)) {
      const booked = this.#unlessRefused(
        () => this.exchange.balance(late.operation, now, NO_MISTREATMENT.booking).changes,
      );
      book.commit([...booked, { kind: 'late-done', id: late.id }]);
    }
  }

  /** Charges the swaps of rollovers that have passed, also of those while the server was down. */
  #rollOver(now: number): void {
    const { book } = this.exchange;
    const changes = [...book.positions.values()].flatMap((position): Change[] => {
      const swapped = this.exchange.swapped(position, now);
      return swapped === position ? [] : [{ kind: 'position', position: swapped }];
    });
    book.commit(changes);
  }

  /** What is due while its market rests is closed when that opens. */
  #closeDue(now: number): void {
    const { book } = this.exchange;
    const due = [...book.positions.values()].filter(
      ({ closeAt, symbol }) => (closeAt ?? Infinity) <= now && this.#isOpen(symbol, now),
    );
    for (const position of due) {
      book.commit(this.exchange.close(position, position.volume, now).changes);
    }
  }

  /** Closes the worst position of an account whose margin level fell to the group's stop-out; the next tick looks again. */
  #stopOut(now: number): void {
    const { book } = this.exchange;
    const logins = new Set([...book.positions.values()].map(({ login }) => login));
    for (const login of logins) {
      const { marginLevel, marginMinor } = this.exchange.state(login, now);
      if (marginMinor === 0n || marginLevel > book.groupOf(login).marginStopOut) continue;
      const [worst] = book
        .positionsOf(login)
        .filter(({ symbol }) => this.#isOpen(symbol, now))
        .map((position) => ({ position, minor: this.exchange.floating(position, now).minor }))
        .sort((a, b) => (a.minor < b.minor ? -1 : 1));
      if (!worst) continue;
      const { position } = worst;
      book.commit(this.exchange.close(position, position.volume, now, STOP_OUT).changes);
    }
  }

  #isOpen(name: string, now: number): boolean {
    const symbol = findSymbol(name);
    return symbol !== undefined && this.exchange.isOpen(symbol, now);
  }

  #runBots(now: number): void {
    const { book } = this.exchange;
    for (const login of book.bots) {
      if (this.#random() > BOT_ENTERS || !book.users.has(login)) continue;
      if (book.positionsOf(login).length >= POSITIONS_PER_BOT) continue;
      book.commit(this.#unlessRefused(() => this.#botOrder(login, now)));
    }
  }

  #botOrder(login: number, now: number): Change[] {
    const symbol = SYMBOLS[Math.floor(this.#random() * SYMBOLS.length)];
    const action = this.#random() < 0.5 ? ACTION.buy : ACTION.sell;
    const closeAt = now + 5_000 + Math.floor(this.#random() * 180_000);
    const volume = 100 * (1 + Math.floor(this.#random() * 5));
    if (!symbol) return [];
    const order = { login, symbol: symbol.name, action, volume, at: now, closeAt, reason: 1 };
    return this.exchange.open(order, true).changes;
  }

  /** A bot without margin, or a late operation without cover, does nothing. */
  #unlessRefused(run: () => Change[]): Change[] {
    try {
      return run();
    } catch (error) {
      if (error instanceof Refusal) return [];
      throw error;
    }
  }
}
