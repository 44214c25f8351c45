import { z } from 'zod';
import { sleep, until } from './http';

export interface Letter {
  readonly subject: string;
  readonly text: string;
  readonly links: readonly string[];
}

const letterShape = z.object({
  subject: z.string(),
  text: z.string(),
  links: z.array(z.string()),
});
const messagesShape = z.object({
  messages: z.array(z.object({ id: z.string(), subject: z.string() })).optional(),
});

/** Real mail, read from the catcher's JSON as a person reads a mailbox. */
export class Mailbox {
  readonly #web: string;

  constructor(web: string) {
    this.#web = web;
  }

  /** The newest letter to the address whose subject holds the words. */
  async waitFor(to: string, words: string): Promise<Letter> {
    return until(`a letter "${words}"`, async () => {
      const found = (await this.#letters(to)).find((letter) =>
        letter.subject.toLowerCase().includes(words.toLowerCase()),
      );
      return found && this.#open(found.id);
    });
  }

  async count(to: string, words: string): Promise<number> {
    return (await this.#letters(to)).filter((letter) =>
      letter.subject.toLowerCase().includes(words.toLowerCase()),
    ).length;
  }

  async #letters(to: string): Promise<readonly { id: string; subject: string }[]> {
    const body = await this.#get(`/messages?to=${encodeURIComponent(to)}&limit=100`);
    return messagesShape.parse(body).messages ?? [];
  }

  async #open(id: string): Promise<Letter> {
    return letterShape.parse(await this.#get(`/messages/${encodeURIComponent(id)}`));
  }

  async #get(path: string): Promise<unknown> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const response = await fetch(new URL(path, this.#web), {
          signal: AbortSignal.timeout(5_000),
        });
        return await response.json();
      } catch (error) {
        if (attempt > 100) throw error;
        await sleep(200);
      }
    }
  }
}
