import { isOutage } from './database-error';

export interface BatcherOptions<Item, Answer> {
  /** Writes all of them or, when it throws, none; answers each in its place. */
  readonly write: (items: readonly Item[]) => Promise<readonly Answer[]>;
  /** Most items of a batch. Default 500. */
  readonly itemsMax?: number;
  /** Items that may wait; more are refused at once, so that whoever sends them slows down. Default 10,000. */
  readonly waitingMax?: number;
  /**
   * What an item must not be written beside. Items of one key are written in the order in which they came; items of
   * different keys may be written at the same time, in as many lanes as there are. Without it there is one lane.
   */
  readonly lanes?: { readonly count: number; readonly keyOf: (item: Item) => string };
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
 * nothing is being written goes at once, and those that come meanwhile go together next. A batch that fails is
 * halved until what fails stands alone, so that one bad item fails nobody else; on an outage all of it fails at
 * once, so that nobody waits for it to fail again and again.
 */
export class Batcher<Item, Answer> {
  readonly #lanes: readonly Lane<Item, Answer>[];
  readonly #laneOf: (item: Item) => number;
  readonly #waitingMax: number;

  constructor({ write, itemsMax = 500, waitingMax = 10_000, lanes }: BatcherOptions<Item, Answer>) {
    this.#waitingMax = waitingMax;
    const count = lanes?.count ?? 1;
    this.#lanes = Array.from({ length: count }, () => new Lane(write, itemsMax));
    this.#laneOf = lanes === undefined ? () => 0 : (item) => numberOf(lanes.keyOf(item)) % count;
  }

  /** Answers when the item is written. Throws what its own write threw, or `BatcherFull`. */
  add(item: Item): Promise<Answer> {
    const waiting = this.#lanes.reduce((sum, lane) => sum + lane.waiting, 0);
    const lane = this.#lanes[this.#laneOf(item)];
    if (lane === undefined || waiting >= this.#waitingMax) return Promise.reject(new BatcherFull());
    return lane.add(item);
  }
}

/** A number that is the same for the same text (FNV-1a). */
function numberOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  }
  return hash;
}

class Lane<Item, Answer> {
  readonly #write: BatcherOptions<Item, Answer>['write'];
  readonly #itemsMax: number;
  #waiting: Waiting<Item, Answer>[] = [];
  #isWriting = false;

  constructor(write: BatcherOptions<Item, Answer>['write'], itemsMax: number) {
    this.#write = write;
    this.#itemsMax = itemsMax;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  add(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#isWriting) void this.#writeWaiting();
    });
  }

  async #writeWaiting(): Promise<void> {
    this.#isWriting = true;
    // Whoever calls in the same turn goes along.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, this.#itemsMax);
      this.#waiting = this.#waiting.slice(this.#itemsMax);
      await this.#writeBatch(batch);
    }
    this.#isWriting = false;
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
