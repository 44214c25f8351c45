import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import Handlebars from 'handlebars';
import type { Money } from '../../domain/money';
import { keysOf } from '../../domain/record';
import type { Frame } from './frame';
import { moneyMarkup, utcWords, wordHelpers } from './template-words';

const viewsFolder = join(__dirname, 'views');

export interface Renderer {
  /** A view with what it reads; throws for an unknown one. */
  render(view: string, context: object): string;
  /** A page around what was rendered: it reads the frame alone, so that no page’s own data says something in it. */
  surround(body: string, frame: Frame): string;
  readonly views: ReadonlySet<string>;
}

/**
 * Compiles every template of `views/` once. `partials/` are partials by their file name. Everything is
 * escaped; only the layout writes a view's HTML as it is.
 */
export function createRenderer(): Renderer {
  const handlebars = Handlebars.create();
  handlebars.registerHelper(templateHelpers);
  handlebars.registerHelper(wordHelpers);
  const views = new Map<string, Handlebars.TemplateDelegate>();
  for (const file of templatesIn(viewsFolder)) {
    const name = relative(viewsFolder, file)
      .replaceAll('\\', '/')
      .replace(/\.hbs$/, '');
    const source = readFileSync(file, 'utf8');
    if (name.startsWith('partials/')) {
      handlebars.registerPartial(name.slice('partials/'.length), source);
    } else views.set(name, handlebars.compile(source, { strict: false }));
  }
  const templateOf = (name: string): Handlebars.TemplateDelegate => {
    const template = views.get(name);
    if (!template) throw new Error(`there is no view ${name}`);
    return template;
  };
  return {
    views: new Set(views.keys()),
    render: (view, context) => templateOf(view)(context),
    surround: (body, frame) => templateOf('layout')({ ...frame, body }),
  };
}

function templatesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return templatesIn(path);
    return entry.name.endsWith('.hbs') ? [path] : [];
  });
}

function isMoney(value: unknown): value is Money {
  return (
    typeof value === 'object' &&
    value !== null &&
    'amountMinor' in value &&
    typeof value.amountMinor === 'bigint' &&
    'currency' in value &&
    typeof value.currency === 'string'
  );
}

function millisecondsOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}

/** "3 h", "2 days": the largest unit that fits, rounded down. */
export function durationWords(ms: number): string {
  const minutes = Math.floor(Math.abs(ms) / 60_000);
  if (minutes < 1) return 'less than a minute';
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
}

function escape(text: string): string {
  return Handlebars.escapeExpression(text);
}

const templateHelpers = {
  /** `{{money value}}` of a `Money`: digits grouped, the currency beside it, a minus for negative. */
  money: (value: unknown) => {
    return isMoney(value) ? moneyMarkup(value) : '';
  },
  /** `{{time at}}`: UTC in the page; the script shows it in the viewer's zone with UTC on hover. */
  time: (value: unknown) => {
    const ms = millisecondsOf(value);
    if (ms === undefined) return '';
    const text = new Date(ms).toISOString();
    const words = utcWords(text);
    return new Handlebars.SafeString(`<time datetime="${text}" title="${words}">${words}</time>`);
  },
  /** `{{ago since}}`: "3 h". */
  ago: (value: unknown) => {
    const ms = millisecondsOf(value);
    return ms === undefined ? '' : durationWords(Date.now() - ms);
  },
  /** `{{due at}}`: "due in 1 h", "overdue by 2 days". */
  due: (value: unknown) => {
    const ms = millisecondsOf(value);
    if (ms === undefined) return '';
    const left = ms - Date.now();
    return left >= 0 ? `due in ${durationWords(left)}` : `overdue by ${durationWords(left)}`;
  },
  /** `in_review` → `in review`. */
  words: (value: unknown) => (typeof value === 'string' ? value.replaceAll('_', ' ') : ''),
  eq: (left: unknown, right: unknown) => left === right,
  not: (value: unknown) => !value,
  or: (...values: unknown[]) => values.slice(0, -1).some(Boolean),
  and: (...values: unknown[]) => values.slice(0, -1).every(Boolean),
  includes: (list: unknown, item: unknown) => Array.isArray(list) && list.includes(item),
  /** Whether an option is the one typed, or else the present value. */
  chosen: (values: unknown, name: unknown, option: unknown, present: unknown) => {
    const typed: unknown =
      typeof values === 'object' && values !== null && typeof name === 'string'
        ? Reflect.get(values, name)
        : undefined;
    return String(typed ?? present ?? '') === String(option);
  },
  /** Whether a box that may be ticked with others was ticked. */
  /** Whether one of several boxes of a name is ticked: as it was typed, if anything was. */
  ticked: (values: unknown, name: unknown, option: unknown, present: unknown) => {
    if (typeof values !== 'object' || values === null) return present === true;
    const typed: unknown = Reflect.get(values, String(name));
    return Array.isArray(typed) ? typed.includes(option) : typed === option;
  },
  checked: (values: unknown, name: unknown, option: unknown) => {
    const typed: unknown =
      typeof values === 'object' && values !== null && typeof name === 'string'
        ? Reflect.get(values, name)
        : undefined;
    return Array.isArray(typed) ? typed.includes(option) : typed === option;
  },
  /** A list as text: `{{join roles}}`. */
  join: (list: unknown) => (Array.isArray(list) ? list.map(String).join(', ') : ''),
  json: (value: unknown) =>
    new Handlebars.SafeString(escape(JSON.stringify(value, undefined, 2) ?? '')),
};

/** What a view cannot say as the name of a field: `{{words}}` asks the helper, which has nothing to say then. */
export const helperNames: ReadonlySet<string> = new Set([
  ...keysOf(templateHelpers),
  ...keysOf(wordHelpers),
]);
