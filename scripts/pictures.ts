import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Browser, type Page } from 'playwright-core';
import { z } from 'zod';
import { dataFolder } from '../cli/stack/data-folder';
import { measures } from '../domain/compliance/measures';
import { readEnvironment } from '../temporal-config/environment.schema';
import { openChromium } from '../tests/browser/chromium';

/**
 * Takes the pictures of docs/images from the running demonstration: start it with `npm run demo`, then
 * `npm run pictures` beside it. It logs in through the log-in pages, as anybody would. `npm run pictures -- FOLDER` leaves
 * them there, with those of pages that the documents do not show.
 */

const sizes = { 1440: { width: 1440, height: 1000 }, 390: { width: 390, height: 844 } } as const;

const demo = z.object({
  logins: z.array(
    z.object({
      role: z.string(),
      email: z.string(),
      password: z.string(),
      kind: z.enum(['staff', 'client', 'partner']),
    }),
  ),
  subjects: z.object({ clientId: z.string(), caseId: z.string(), settlementId: z.string() }),
});

type Demo = z.output<typeof demo>;

interface Picture {
  readonly name: string;
  readonly kind: 'staff' | 'client' | 'partner';
  /** One of the log-in's roles. */
  readonly role: string;
  readonly path: (subjects: Demo['subjects']) => string;
  /** Something on the page that the picture begins at, on the telephone. */
  readonly beginAt?: string;
}

const pictures: readonly Picture[] = [
  { name: 'today', kind: 'staff', role: 'compliance', path: () => '/staff' },
  { name: 'inbox', kind: 'staff', role: 'compliance', path: () => '/staff/inbox' },
  {
    name: 'case',
    kind: 'staff',
    role: 'compliance',
    path: ({ caseId }) => `/staff/cases/${caseId}`,
  },
  {
    name: 'client-timeline',
    kind: 'staff',
    role: 'compliance',
    path: ({ clientId }) => `/staff/clients/${clientId}`,
    beginAt: '#timeline',
  },
  {
    name: 'settlement',
    kind: 'staff',
    role: 'finance',
    path: ({ settlementId }) => `/staff/settlements/${settlementId}`,
  },
  { name: 'portal', kind: 'partner', role: 'partner', path: () => '/partner' },
  { name: 'client-room', kind: 'client', role: 'client', path: () => '/client' },
];

const ofClient =
  (rest: string) =>
  ({ clientId }: Demo['subjects']) =>
    `/staff/clients/${clientId}${rest}`;

/** To be looked at, and in no document. */
const further: readonly Picture[] = [
  { name: 'client', kind: 'staff', role: 'compliance', path: ofClient('') },
  { name: 'calendar', kind: 'staff', role: 'compliance', path: ofClient('/calendar') },
  { name: 'retention', kind: 'staff', role: 'compliance', path: ofClient('/retention') },
  ...measures.map((measure): Picture => {
    const path = ofClient(`/measures/${measure}`);
    return { name: `measure-${measure}`, kind: 'staff', role: 'compliance', path };
  }),
  { name: 'entity', kind: 'staff', role: 'compliance', path: () => '/staff/entities/cy' },
  { name: 'entity-edit', kind: 'staff', role: 'compliance', path: () => '/staff/entities/cy/edit' },
  {
    name: 'agreement-form',
    kind: 'staff',
    role: 'compliance',
    path: () => '/staff/entities/cy/agreements/new',
  },
  { name: 'legal-holds', kind: 'staff', role: 'mlro', path: () => '/staff/legal-holds' },
  {
    name: 'settlement-holds',
    kind: 'staff',
    role: 'finance',
    path: () => '/staff/settlement-holds',
  },
  { name: 'partners', kind: 'staff', role: 'finance', path: () => '/staff/partners' },
  { name: 'orphans', kind: 'staff', role: 'operations', path: () => '/staff/operations/orphans' },
  { name: 'agreements', kind: 'client', role: 'client', path: () => '/client/agreements' },
  { name: 'category', kind: 'client', role: 'client', path: () => '/client/category' },
  { name: 'experience', kind: 'client', role: 'client', path: () => '/client/experience' },
];

/** Taller than this nobody looks at. */
const heightMax = 1800;

async function main(): Promise<void> {
  const { KEELSON_DATA: root } = readEnvironment(process.env);
  const folder = dataFolder(root);
  const { KEELSON_PUBLIC_URL: url } = z
    .object({ KEELSON_PUBLIC_URL: z.string() })
    .parse(readJson(folder.environmentFile));
  const { logins, subjects } = demo.parse(readJson(path.join(folder.root, 'demo.json')));
  const [, , wanted] = process.argv;
  const out = path.resolve(wanted ?? path.join(__dirname, '..', 'docs', 'images'));
  mkdirSync(out, { recursive: true });
  const browser = await openChromium();
  try {
    for (const picture of wanted === undefined ? pictures : [...pictures, ...further]) {
      const logIn = logins.find(
        ({ kind, role }) => kind === picture.kind && role.split(/[^a-z_]+/).includes(picture.role),
      );
      if (!logIn) throw new Error(`the demonstration has no log-in for ${picture.role}`);
      for (const width of [1440, 390] as const) {
        const file = path.join(out, `${picture.name}-${width}.png`);
        await take(browser, { picture, logIn, url, subjects, width, file });
        process.stdout.write(`${path.relative(process.cwd(), file)}\n`);
      }
    }
  } finally {
    await browser.close();
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new Error(`${file} cannot be read: start the demonstration with npm run demo first`);
  }
}

async function take(
  browser: Browser,
  of: {
    picture: Picture;
    logIn: Demo['logins'][number];
    url: string;
    subjects: Demo['subjects'];
    width: keyof typeof sizes;
    file: string;
  },
): Promise<void> {
  const context = await browser.newContext({
    viewport: sizes[of.width],
    timezoneId: 'UTC',
    locale: 'en-GB',
  });
  try {
    const page = await context.newPage();
    await logIn(page, of.url, of.logIn);
    const answer = await page.goto(`${of.url}${of.picture.path(of.subjects)}`);
    if (answer?.status() !== 200) {
      throw new Error(`${page.url()} answered ${answer?.status() ?? 'nothing'}`);
    }
    await page.waitForLoadState('networkidle');
    await shoot(page, of);
  } finally {
    await context.close();
  }
}

async function logIn(page: Page, url: string, person: Demo['logins'][number]): Promise<void> {
  await page.goto(`${url}/${person.kind}/login`);
  await page.getByLabel('E-mail address').fill(person.email);
  await page.getByLabel('Password').fill(person.password);
  await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('button', { name: 'Log out' }).waitFor();
}

async function shoot(
  page: Page,
  { picture, width, file }: { picture: Picture; width: keyof typeof sizes; file: string },
): Promise<void> {
  const isPhone = width === 390;
  const top =
    isPhone && picture.beginAt ? ((await page.locator(picture.beginAt).boundingBox())?.y ?? 0) : 0;
  const whole = Number(await page.evaluate('document.documentElement.scrollHeight'));
  const height = Math.min(whole - top, heightMax);
  await page.screenshot({
    path: file,
    fullPage: true,
    clip: { x: 0, y: Math.max(0, top - 8), width, height },
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
