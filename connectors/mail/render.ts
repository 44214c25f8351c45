import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import type { Brand, MailKind } from './kinds';

export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export class MailNotRendered extends Error {
  override readonly name = 'MailNotRendered';
}

const handlebars = Handlebars.create();
const builtInEach = handlebars.helpers.each;

// Strict templates throw on a missing field, but `#each` takes a missing list for an empty one.
handlebars.registerHelper(
  'each',
  function (this: unknown, list: unknown, options: unknown): unknown {
    if (!Array.isArray(list)) throw new Error('a list is missing');
    return builtInEach?.call(this, list, options);
  },
);

const folder = join(__dirname, 'templates');
const fallbackLocale = 'en';

interface Compiled {
  readonly subject: Handlebars.TemplateDelegate;
  readonly text: Handlebars.TemplateDelegate;
  readonly html: Handlebars.TemplateDelegate;
}

interface Locale {
  readonly kinds: Map<MailKind, Compiled>;
  readonly htmlLayout: Handlebars.TemplateDelegate;
  readonly textLayout: Handlebars.TemplateDelegate;
}

const locales = new Map<string, Locale>();

/**
 * Renders a mail of the kind. `locale` is a BCP 47 tag; the nearest translation that exists is taken,
 * English at last. `data` is the kind's MailData as it was kept; templates are strict, so that what it lacks is an error.
 * Throws MailNotRendered when data a template names is missing or no link or colour.
 */
export function renderMail(
  kind: MailKind,
  locale: string,
  data: { readonly brand: Brand },
): RenderedMail {
  check(data.brand, data);
  const { name, texts } = localeOf(locale);
  const { subject, text, html } = templatesOf(name, texts, kind);
  try {
    const subjectLine = oneLine(subject(data));
    const outer = { brand: data.brand, subject: subjectLine, locale: name };
    return {
      subject: subjectLine,
      text: texts.textLayout({ ...outer, body: text(data).trim() }),
      html: texts.htmlLayout({ ...outer, body: html(data) }),
    };
  } catch (error) {
    throw new MailNotRendered(
      `${kind}: ${error instanceof Error ? error.message : 'not rendered'}`,
    );
  }
}

/** A link or colour lands in an attribute, where escaping alone does not make it harmless. */
function check(brand: Brand, data: object): void {
  if (!/^#[0-9a-f]{6}$/i.test(brand.colour)) {
    throw new MailNotRendered('the brand colour is not #rrggbb');
  }
  const missing = Object.entries(data).find(([, value]) => value === undefined || value === null);
  if (missing) throw new MailNotRendered(`${missing[0]} is missing`);
  const link: unknown = 'link' in data ? data.link : undefined;
  if (link !== undefined && !(typeof link === 'string' && /^https?:\/\/\S+$/.test(link))) {
    throw new MailNotRendered('the link is not an absolute http(s) address');
  }
}

function localeOf(tag: string): { name: string; texts: Locale } {
  const known = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(tag) ? tag.split('-') : [];
  const names = known.map((_part, index) => known.slice(0, known.length - index).join('-'));
  const name = names.find((candidate) => existsSync(join(folder, candidate))) ?? fallbackLocale;
  const texts = locales.get(name) ?? {
    kinds: new Map<MailKind, Compiled>(),
    htmlLayout: compile(name, 'layout.html', true),
    textLayout: compile(name, 'layout.text', false),
  };
  locales.set(name, texts);
  return { name, texts };
}

function templatesOf(name: string, locale: Locale, kind: MailKind): Compiled {
  const compiled = locale.kinds.get(kind) ?? {
    subject: compile(name, `${kind}.subject`, false),
    text: compile(name, `${kind}.text`, false),
    html: compile(name, `${kind}.html`, true),
  };
  locale.kinds.set(kind, compiled);
  return compiled;
}

function compile(locale: string, file: string, escape: boolean): Handlebars.TemplateDelegate {
  const source = readFileSync(join(folder, locale, `${file}.hbs`), 'utf8');
  return handlebars.compile(source, { strict: true, noEscape: !escape });
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
