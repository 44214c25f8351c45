import { randomUUID } from 'node:crypto';
import type { Request } from 'express';
import { partnerPermissionsOf } from '../../domain/access/partner-roles';
import { permissionsOf } from '../../domain/access/roles';
import { may, type Scope } from '../../domain/access/scope';
import { waitingAgreements } from '../../db/agreement-acceptance';
import { inScope, type Tx } from '../../db/connection';
import { serverNotices, type ServerNotice } from '../../db/declarations';
import { listEntities } from '../../db/entities';
import { countInbox } from '../../db/inbox-count';
import { readUserName } from '../../db/users';
import { csrfToken } from '../auth/csrf';
import type { Web } from '../web';
import type { FormState } from './page';
import { railOf, type RailEntry } from './rail';

/** What the layout and every view can read beside the page's own data. */
export interface Frame {
  readonly title: string;
  readonly area: 'staff' | 'client' | 'partner' | 'public';
  readonly brand: string;
  readonly brandEntity: string | undefined;
  /** Who is logged in. */
  readonly me:
    | {
        readonly id: string;
        readonly name: string;
        readonly roles: readonly string[];
        readonly entities: readonly string[];
      }
    | undefined;
  /** `{{#if can.[policy.edit]}}` */
  readonly can: Readonly<Record<string, true>>;
  readonly rail: readonly RailEntry[];
  readonly csrf: string;
  /** A fresh idempotency key for the page's forms. */
  readonly formKey: string;
  readonly flash: { readonly kind: string; readonly text: string } | undefined;
  readonly path: string;
  readonly form: FormState | undefined;
  /** What is declared of trading servers that concerns the person. */
  readonly notices: readonly ServerNotice[];
  /** What a client has to accept; undefined on the page where they do. */
  readonly agreements: WaitingNotice | undefined;
}

interface WaitingNotice {
  readonly titles: readonly string[];
  readonly isOne: boolean;
  readonly isOverdue: boolean;
  /** The first time to be met. */
  readonly dueAt: string;
}

/** Builds the frame of a page; takes the flash, which is shown once. */
export async function frameOf(
  request: Request,
  web: Web,
  {
    title,
    paths,
    form,
    hasForms = true,
  }: {
    title: string;
    paths: ReadonlySet<string>;
    form?: FormState | undefined;
    /** False on a page without any: strangers' wrong addresses make no sessions. */
    hasForms?: boolean;
  },
): Promise<Frame> {
  const { principal } = request;
  const path = request.path;
  const flash = request.session?.flash;
  if (flash) delete request.session.flash;
  const shared = {
    title,
    csrf: hasForms || principal ? csrfToken(request) : '',
    formKey: randomUUID(),
    flash,
    path,
    form,
  };
  if (!principal) {
    return {
      ...shared,
      area: 'public',
      brand: 'Keelson',
      brandEntity: undefined,
      me: undefined,
      can: {},
      rail: [],
      notices: [],
      agreements: undefined,
    };
  }
  const { scope, user } = principal;
  return inScope(web.deps.db, scope, async (tx) => {
    const { name } = await readUserName(tx, user.id);
    const entities = await listEntities(tx);
    const inboxCount = await countInbox(tx);
    const own = user.kind === 'staff' ? undefined : entities[0];
    return {
      ...shared,
      area: user.kind,
      brand: own?.brand.name ?? 'Keelson',
      brandEntity: own?.id,
      me: {
        id: user.id,
        name,
        roles: user.roles,
        entities: entities.map((entity) => entity.name),
      },
      can: Object.fromEntries(
        [...permissionsOf(user.roles), ...partnerPermissionsOf(user.partnerRole)].map((held) => [
          held,
          true,
        ]),
      ),
      rail: railOf(scope, { path, paths, inboxCount }),
      notices: isConcerned(scope) ? await serverNotices(tx) : [],
      agreements: path === '/client/agreements' ? undefined : await agreementsNotice(tx),
    };
  });
}

async function agreementsNotice(tx: Tx): Promise<WaitingNotice | undefined> {
  if (tx.scope.kind !== 'client') return undefined;
  const waiting = await waitingAgreements(tx, tx.scope.clientId);
  const [dueAt] = waiting.map((each) => each.dueAt).sort();
  if (dueAt === undefined) return undefined;
  return {
    titles: waiting.map(({ current }) => current.title),
    isOne: waiting.length === 1,
    isOverdue: waiting.some(({ isOverdue }) => isOverdue),
    dueAt,
  };
}

/** Clients by their own accounts; staff who work with accounts, payments or servers, by their entities'. */
function isConcerned(scope: Scope): boolean {
  if (scope.kind === 'client') return true;
  return (['account.read', 'payment.read', 'server.read'] as const).some((held) =>
    may(scope, held),
  );
}
