import { isOutage } from './database-error';

export interface BatcherOptions<Item, Answer> {
  /** Writes all of them or, when it throws, none; answers each in its place. */
  readonly write: (items: readonly Item[]) => Promise<readonly Answer[]>;
  /** Most items of a batch. Default 500. */
  readonly itemsMax?: number;
  /** Items that may wait; more are refused at once, so that whoever sends them slows down. Default 10,000. */
  readonly waitingMax?: number;
  /** Sets that may be written at the same time. Without it one after the other. */
  readonly aside?: Aside<Item>;
}

/** When a second set (a third …) is written beside one that is being written. */
export interface Aside<Item> {
  /** Most sets at a time. */
  readonly setsMax: number;
  /**
   * So many items must wait for it: few are better off in one set, which costs little more than half of it does; behind
   * many there are full sets for each.
   */
  readonly waitingMin: number;
  /** What items must not be written beside: those of one key are written in the order in which they came. */
  readonly keyOf: (item: Item) => string;
}

export class BatcherFull extends Error {
  override readonly name = 'BatcherFull';
  constructor() {
    super('too much waits to be written');
  }
}

interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes items together that come while others are being written. It waits for nobody: an item that comes when
 * nothing is being written goes at once, with who else calls in the same turn of the loop, and those that come
 * meanwhile go together next. A batch that fails is halved until what fails stands alone, so that one bad item fails
 * nobody else; on an outage all of it fails at once, so that nobody waits for it to fail again and again.
 */
export class Batcher<Item, Answer> {
  readonly #write: BatcherOptions<Item, Answer>['write'];
  readonly #itemsMax: number;
  readonly #waitingMax: number;
  readonly #aside: Aside<Item> | undefined;
  #waiting: Waiting<Item, Answer>[] = [];
  /** What is being written, by set. */
  readonly #written = new Set<ReadonlySet<string>>();
  #isTurnAsked = false;

  constructor({ write, itemsMax = 500, waitingMax = 10_000, aside }: BatcherOptions<Item, Answer>) {
    this.#write = write;
    this.#itemsMax = itemsMax;
    this.#waitingMax = waitingMax;
    this.#aside = aside;
  }

  /** Answers when the item is written. Throws what its own write threw, or `BatcherFull`. */
  add(item: Item): Promise<Answer> {
    if (this.#waiting.length >= this.#waitingMax) return Promise.reject(new BatcherFull());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#askTurn();
    });
  }

  /** Whoever calls in the same turn of the loop goes along, and who was just answered may ask again in it. */
  #askTurn(): void {
    if (this.#isTurnAsked || !this.#mayWrite()) return;
    this.#isTurnAsked = true;
    setImmediate(() => {
      this.#isTurnAsked = false;
      void this.#writeWaiting();
    });
  }

  #mayWrite(): boolean {
    if (this.#waiting.length === 0) return false;
    if (this.#written.size === 0) return true;
    return (
      this.#aside !== undefined &&
      this.#written.size < this.#aside.setsMax &&
      this.#waiting.length >= this.#aside.waitingMin
    );
  }

  async #writeWaiting(): Promise<void> {
    if (!this.#mayWrite()) return;
    const { batch, keys } = this.#take();
    if (batch.length === 0) return;
    this.#written.add(keys);
    this.#askTurn();
    await this.#writeBatch(batch);
    this.#written.delete(keys);
    this.#askTurn();
  }

  /** The next items, without those of a key that is being written. */
  #take(): { batch: Waiting<Item, Answer>[]; keys: ReadonlySet<string> } {
    const keyOf = this.#aside?.keyOf;
    const batch: Waiting<Item, Answer>[] = [];
    const keys = new Set<string>();
    const left: Waiting<Item, Answer>[] = [];
    let at = 0;
    for (; at < this.#waiting.length && batch.length < this.#itemsMax; at += 1) {
      const waiting = this.#waiting[at];
      if (waiting === undefined) break;
      const key = keyOf?.(waiting.item);
      if (key !== undefined && this.#isWritten(key)) {
        left.push(waiting);
        continue;
      }
      batch.push(waiting);
      if (key !== undefined) keys.add(key);
    }
    this.#waiting = left.concat(this.#waiting.slice(at));
    return { batch, keys };
  }

  #isWritten(key: string): boolean {
    for (const keys of this.#written) if (keys.has(key)) return true;
    return false;
  }

  async #writeBatch(batch: readonly Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await this.#write(batch.map(({ item }) => item));
      if (answers.length !== batch.length)
        throw new Error('not every item of a batch was answered');
      for (const [position, answer] of answers.entries()) batch[position]?.resolve(answer);
    } catch (error) {
      if (batch.length === 1 || isOutage(error)) {
        for (const { reject } of batch) reject(error);
        return;
      }
      const half = batch.length >> 1;
      await this.#writeBatch(batch.slice(0, half));
      await this.#writeBatch(batch.slice(half));
    }
  }
}
