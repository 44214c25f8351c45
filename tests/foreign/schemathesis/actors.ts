import type { Audience } from '../../../api/auth/audience';
import { Browser } from '../../../api/testing/api';
import { permissionsOf, roles, type Role } from '../../../domain/access/roles';
import { register } from '../../../cli/demo/applicants';
import { text } from '../../../cli/demo/http';
import { applicants } from '../../../cli/demo/onboarding-chapter';
import type { Colleague } from '../../../cli/demo/staff';
import { emailOf, password, type Brokerage } from './brokerage';
import { logIn, type Kind } from './caller';
import { namesFor, type Named, type Names } from './names';

/** Who calls: headers that say so, and names of things that they can name. */
export interface Actor {
  readonly name: Role | 'client' | 'applicant' | 'partner' | 'anonymous' | 'session';
  readonly headers: Readonly<Record<string, string>>;
  readonly names: Names;
}

/** Of each role the log-in that the scenario made; the administrator of the scenario has two roles. */
const colleagues: Readonly<Record<Exclude<Role, 'admin'>, Colleague>> = {
  compliance: 'compliance1',
  mlro: 'mlro',
  senior_approver: 'approver',
  operations: 'operations',
  support: 'support',
  finance: 'finance1',
  dealing: 'dealing',
  partner_manager: 'partners',
  sales: 'sales',
  auditor: 'auditor',
};

/** Everybody who calls: each role, two clients, a partner, a session of the console, and nobody. */
export async function gatherActors(
  brokerage: Brokerage,
  { adminEmail, victim }: { readonly adminEmail: string; readonly victim: string },
): Promise<Actor[]> {
  const { world, subjects } = brokerage;
  const { fred } = applicants(world);
  const applicant = await register(world, { ...fred, alias: 'gina', given: 'Gina' });
  const client = { kind: 'client' as const, email: world.address('dora') };
  const me = await (await logIn(brokerage.url, client.kind, client.email)).get('/api/v1/me');
  const spared = [applicant.clientId, text(me, 'clientId')];

  const call = (name: Actor['name'], kind: Kind, email: string) =>
    withKey(brokerage, name, { kind, email, victim, spared });
  const actors: Actor[] = [];
  for (const role of roles) {
    const email = role === 'admin' ? adminEmail : emailOf(colleagues[role]);
    actors.push(await call(role, 'staff', email));
  }
  actors.push(await call('client', client.kind, client.email));
  actors.push(await call('applicant', 'client', applicant.email));
  actors.push(await call('partner', 'partner', subjects.partnerEmail));
  actors.push({ ...(await call('anonymous', 'staff', emailOf('support'))), headers: {} });
  const session = await call('session', 'staff', emailOf(sessionRole));
  actors.push({ ...session, headers: await sessionOf(brokerage, sessionRole) });
  return actors;
}

/** Somebody who calls with an API key of their own, made for that. */
async function withKey(
  brokerage: Brokerage,
  name: Actor['name'],
  who: Omit<Named, 'keys'>,
): Promise<Actor> {
  const caller = await logIn(brokerage.url, who.kind, who.email);
  const used = await caller.post('/api/v1/api-keys', { name: 'to call with' });
  const spare = await caller.post('/api/v1/api-keys', { name: 'to be ended' });
  return {
    name,
    headers: { Authorization: `Bearer ${text(used, 'token')}` },
    names: await namesFor(brokerage, { ...who, keys: [text(spare, 'id')] }),
  };
}

const sessionRole = 'operations';

/** Somebody who has logged in on a page: the cookie, and the token against forged requests. */
async function sessionOf({ url }: Brokerage, who: Colleague): Promise<Actor['headers']> {
  const browser = new Browser(url);
  await browser.get('/staff/login');
  await browser.post('/staff/login', { email: emailOf(who), password });
  const page = await browser.get('/staff');
  const token = /name="_csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  return { Cookie: cookie, 'X-CSRF-Token': token };
}

/** Those who have been shut out while they called: what they then tried was all answered 401. */
export async function shutOut(url: string, actors: readonly Actor[]): Promise<Actor['name'][]> {
  const names: Actor['name'][] = [];
  for (const { name, headers } of actors) {
    const { status } = await fetch(new URL('/api/v1/me', url), { headers });
    if (status !== (name === 'anonymous' ? 401 : 200)) names.push(name);
  }
  return names;
}

/** Whether the audience lets the caller in; what a key does, a session does as well. */
export function admits(audience: Audience, name: Actor['name']): boolean {
  if ('public' in audience) return true;
  if ('any' in audience) return audience.any.some((each) => admits(each, name));
  if (name === 'anonymous') return false;
  if ('loggedIn' in audience) return true;
  const isClient = name === 'client' || name === 'applicant';
  if ('client' in audience) return isClient;
  if ('partner' in audience) return name === 'partner';
  if (isClient || name === 'partner') return false;
  if ('staff' in audience) return true;
  return permissionsOf([name === 'session' ? sessionRole : name]).has(audience.permission);
}
