import { z } from 'zod';
import type { Browser, BrowserContext, Page as Tab } from 'playwright-core';
import { isPublic } from '../../api/auth/audience';
import { pages } from '../../api/pages';
import type { Page } from '../../api/pages/page';
import { testPassword, type Person } from '../../api/testing/api';
import { roles } from '../../domain/access/roles';
import { newId } from '../../domain/ids';
import { rows } from '../../db/connection';
import { setStage, type Stage } from '../api/actors';
import { oneOf, placesOf } from '../api/id-places';
import { pagePlaces, severalKinds } from '../api/page-places';
import { openChromium, sizes } from './chromium';
import { faultsOf } from './faults';

/**
 * Every page that is there, opened as somebody who may see all of it: the list of what is walked is the list that
 * the server mounts, so that a page that is added is walked, too.
 */

/** What nobody can simply open, and where it is looked at instead. */
const elsewhere: Readonly<Record<string, string>> = {
  '/links/:token': 'client-room.browser.test.ts',
  '/join/:code': 'leads on to the registration',
  '/client/statement': 'a file, of the time that a form asks for',
};

interface Walk {
  readonly name: string;
  readonly page: Page;
  readonly places: Readonly<Record<string, string>>;
}

const walks: readonly Walk[] = pages
  .filter((entry): entry is Page => entry.kind === 'page' && elsewhere[entry.path] === undefined)
  .flatMap((page) => {
    const name = `GET ${page.path}`;
    const kinds = severalKinds[`${name} params/id`];
    if (kinds === undefined) return [{ name: page.path, page, places: pagePlaces }];
    return kinds.map((kind) => ({
      name: `${page.path} (${kind})`,
      page,
      places: { ...pagePlaces, [`${name} params/id`]: kind },
    }));
  });

type Area = 'staff' | 'client' | 'partner' | 'public';

const areaOf = ({ page }: Walk): Area =>
  isPublic(page.auth)
    ? 'public'
    : ((/^\/(staff|client|partner)/.exec(page.path)?.[1] as Area | undefined) ?? 'public');

let stage: Stage;
let browser: Browser;
let officer: Person;

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage(), openChromium()]);
  officer = await stage.api.staff(roles, ['cy', 'off']);
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await stage?.api.close();
}, 60_000);

async function enter(area: Area): Promise<{ context: BrowserContext; tab: Tab }> {
  const context = await browser.newContext({
    ...{ viewport: sizes.desk, timezoneId: 'UTC', locale: 'en-GB' },
  });
  const tab = await context.newPage();
  if (area === 'public') return { context, tab };
  const [, holder] = stage.holdings;
  const people = { staff: officer, client: holder?.client, partner: holder?.partner };
  await tab.goto(`${stage.api.url}/${area}/login`);
  await tab.fill('[name=email]', people[area]?.email ?? '');
  await tab.fill('[name=password]', testPassword);
  await tab.locator('main button[type=submit]').click();
  await tab.getByRole('button', { name: 'Log out' }).waitFor();
  return { context, tab };
}

/** Where the page is: with the ids that it takes, and with what it cannot do without. */
function addressOf({ page, places }: Walk, ids: Readonly<Record<string, string>>): string {
  const shape = { name: `GET ${page.path}`, params: page.params, query: page.query };
  const { named } = placesOf(shape, places);
  let path: string = page.path;
  const query = new URLSearchParams();
  for (const { part, path: at, names } of named) {
    const [field = ''] = at;
    const text = ids[names] ?? '';
    if (part === 'params') path = path.replace(`:${field}`, encodeURIComponent(text));
    else if (isNeeded(page.query.shape[field])) query.set(field, text);
  }
  path = path.replaceAll(/:(\w+)/g, (_, field: string) => oneOf(page.params.shape[field]));
  return query.size > 0 ? `${path}?${query.toString()}` : path;
}

function isNeeded(field: unknown): boolean {
  return field instanceof z.ZodType && !field.safeParse(undefined).success;
}

async function listVersion(): Promise<string> {
  const [row] = await stage.api.system((tx) =>
    rows<{ id: string }>(tx, 'select id from sanction_list_version limit 1'),
  );
  return row?.id ?? '';
}

async function bulkOf(user: string): Promise<string> {
  const id = newId('taskBulk');
  await stage.api.system((tx) =>
    rows(
      tx,
      `insert into task_bulk (id, made_by, action, items) values (:id, :user, '{"kind": "claim"}', '[]')`,
      { id, user },
    ),
  );
  return id;
}

/** Something to be read or kept, not a page. */
const isDownload = (error: unknown) => /Download is starting|ERR_ABORTED/.test(String(error));

describe('every page', () => {
  it.each(['staff', 'client', 'partner', 'public'] as const)(
    'of %s has one heading, is in the rail, fits a telephone and suits keys and readers',
    async (area) => {
      const { context, tab } = await enter(area);
      const [first, second] = stage.holdings;
      const ids = {
        ...(area === 'staff' ? first : second)?.ids,
        ...{ server: 'mt5', workflow: 'onboarding', listVersion: await listVersion() },
        taskBulk: await bulkOf(officer.user.id),
      };
      const wrong: string[] = [];
      let looked = 0;
      for (const walk of walks.filter((each) => areaOf(each) === area)) {
        const at = addressOf(walk, ids);
        try {
          const answer = await tab.goto(`${stage.api.url}${at}`);
          const status = answer?.status();
          if (status !== 200) wrong.push(`${at}: ${status ?? 'no answer'}`);
          else if (/html/.test(answer?.headers()['content-type'] ?? '')) {
            looked += 1;
            wrong.push(...(await faultsOf(tab, { name: walk.name, hasRail: area !== 'public' })));
          }
        } catch (error) {
          if (!isDownload(error)) throw error;
        }
      }
      await context.close();
      expect(wrong).toEqual([]);
      expect(looked).toBeGreaterThan(2);
    },
    600_000,
  );
});
