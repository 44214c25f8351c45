import { randomUUID } from 'node:crypto';
import { Browser } from '../../api/testing/api';
import type { Transcript } from './transcript';
import { headersOf, valuesOfForm } from './traveller';

export type Area = 'staff' | 'client' | 'partner';

/** A form of a page, by the pattern of its address: `/client/documents/:slot`. */
export interface Filled {
  readonly params?: Readonly<Record<string, string>>;
  readonly fields?: Readonly<Record<string, string>>;
  /** Makes it an upload. */
  readonly file?: { readonly bytes: Uint8Array; readonly name: string };
}

interface Shown {
  readonly status: number;
  readonly text: string;
  readonly to: string;
}

/** For tests only: somebody at a browser, who fills in forms; all that is typed and shown is written down. */
export class Visitor {
  readonly #browser: Browser;
  /** The form token of the last page; a form with a file is sent past the browser's own way. */
  #csrf = '';

  constructor(
    readonly url: string,
    readonly transcript: Transcript,
    readonly who: string,
  ) {
    this.#browser = new Browser(url);
  }

  async logIn(area: Area, email: string, password: string): Promise<void> {
    await this.see(`/${area}/login`);
    await this.submit(`/${area}/login`, { fields: { email, password } });
  }

  async see(path: string): Promise<Shown> {
    const reply = await this.#browser.get(path);
    this.#csrf = /name="_csrf" value="([^"]+)"/.exec(reply.text)?.[1] ?? this.#csrf;
    const shown = { status: reply.status, text: reply.text, headers: reply.headers };
    return this.#write(`GET ${path.split('?')[0] ?? ''}`, shown, []);
  }

  /** Sends a form, and follows where it leads. Throws when it is refused; what is only checked is tried first. */
  async submit(template: string, filled: Filled): Promise<string> {
    const { fields = {} } = filled;
    const typed = Object.keys(fields).map((path) => ({ path, value: fields[path] }));
    await this.transcript.probe(`POST ${template}`, typed, (path, marker) =>
      this.try(template, { ...filled, fields: { ...fields, [path]: marker } }),
    );
    const shown = await this.try(template, filled);
    if (shown.status !== 303) {
      throw new Error(`POST ${template} answered ${shown.status}: ${wordsOf(shown.text)}`);
    }
    await this.see(shown.to);
    return shown.to;
  }

  /** As `submit`, whatever the answer. */
  async try(template: string, { params = {}, fields = {}, file }: Filled): Promise<Shown> {
    const path = pathWith(template, params);
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    if (file) form.set('file', new Blob([new Uint8Array(file.bytes)]), file.name);
    const reply = file
      ? await this.#upload(path, form)
      : await this.#browser.post(path, { ...fields, _key: randomUUID() });
    return this.#write(`POST ${template}`, reply, valuesOfForm(form));
  }

  async #upload(path: string, form: FormData) {
    form.set('_csrf', this.#csrf);
    const cookie = [...this.#browser.cookies].map((pair) => pair.join('=')).join('; ');
    const init = { method: 'POST', body: form, headers: { cookie }, redirect: 'manual' } as const;
    const response = await fetch(new URL(path, this.url), init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  #write(
    request: string,
    { status, headers, text }: { status: number; headers: Headers; text: string },
    typed: ReturnType<typeof valuesOfForm>,
  ): Shown {
    // An error page has a number to ask about; the page of a refused form has not.
    const isShownAgain = status < 500 && !text.includes('Number of this request');
    this.transcript.write(
      {
        request,
        status,
        answer: `${headersOf({ headers })}\n${text}`,
        kind: request.startsWith('POST') && isShownAgain ? 'page shown again' : 'page',
        who: this.who,
      },
      typed,
    );
    return { status, text, to: headers.get('location') ?? '' };
  }
}

export function pathWith(template: string, params: Readonly<Record<string, string>>): string {
  return template.replace(/:(\w+)/g, (_, name: string) => params[name] ?? '');
}

/** A page without the frame around it, which has forms of its own. */
function mainOf(html: string): string {
  return /<main[^]*<\/main>/.exec(html)?.[0] ?? '';
}

function wordsOf(html: string): string {
  return mainOf(html)
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .slice(0, 600);
}
