import type { Router } from 'express';
import { inScope } from '../../db/connection';
import { namesOfClients, searchClients } from '../../db/clients';
import { assertAdmitted } from '../auth/audience';
import { assertStorable } from '../input';
import { named } from '../mount';
import type { Web } from '../web';
import { go, readForm, sameSite, sendView } from './mount-pages';

/**
 * The search of the top bar. A POST that answers a page: what is typed is often a name or an address, and
 * must stand in no URL, no log and no browser history.
 */
export function mountSearch(router: Router, web: Web, paths: ReadonlySet<string>): void {
  router.post(
    '/staff/search',
    named('/staff/search'),
    readForm,
    sameSite,
    async (request, response) => {
      assertAdmitted({ permission: 'client.read' }, request.principal);
      const { principal } = request;
      if (!principal) return;
      const typed: unknown = Reflect.get(Object(request.body), 'text');
      const text = typeof typed === 'string' ? typed.trim().slice(0, 200) : '';
      assertStorable(text, '/body/text');
      const found = await inScope(web.deps.db, principal.scope, async (tx) => {
        const clients = await searchClients(tx, text);
        const { scope } = principal;
        const mayName = scope.kind === 'staff' && scope.permissions.has('client.personal');
        const names = mayName
          ? await namesOfClients(
              tx,
              clients.map((client) => client.id),
            )
          : new Map<string, string>();
        return clients.map((client) => ({ ...client, name: names.get(client.id) }));
      });
      const [only] = found;
      if (only && found.length === 1) {
        go(request, response, `/staff/clients/${only.id}`);
        return;
      }
      await sendView(request, response, {
        web,
        paths,
        view: { view: 'search', title: 'Search', data: { found, isEmpty: found.length === 0 } },
      });
    },
  );
}
