import { z } from 'zod';
import { may } from '../../../domain/access/scope';
import type { Tx } from '../../../db/connection';
import { listEntities } from '../../../db/entities';
import {
  filteredLists,
  listSavedFilters,
  removeFilter,
  saveFilter,
  type FilteredList,
} from '../../../db/saved-filters';
import { pageOfList, readFilters } from '../../filtered-lists';
import { entityId, idOf, line } from '../../schemas';
import { defineForm } from '../page';
import { actorWords } from './actors';

type Query = Readonly<Record<string, string | undefined>>;

/** What the partial `staff/saved-filters` reads: the filters of a list, and the present one for keeping. */
export async function savedFilterData(tx: Tx, list: FilteredList, query: Query) {
  const found = await listSavedFilters(tx, list);
  const who = await actorWords(
    tx,
    found.map(({ userId }) => userId),
  );
  const own = tx.scope.kind === 'staff' ? tx.scope.userId : undefined;
  const present = textOf(query);
  return {
    list,
    filters: found.map((each) => ({
      id: each.id,
      name: each.name,
      href: `${pageOfList[list]}?${each.query}`,
      isCurrent: present !== '' && sorted(each.query) === sorted(present),
      isOwn: each.userId === own,
      sharedBy: each.userId === own ? undefined : who(each.userId),
      entityId: each.entityId,
    })),
    present,
    share: may(tx.scope, 'filter.share')
      ? (await listEntities(tx)).map(({ id, name }) => ({ value: id, label: name }))
      : [],
  };
}

function textOf(query: Query): string {
  const given = Object.entries(query).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[0] !== 'cursor',
  );
  return new URLSearchParams(given).toString();
}

function sorted(query: string): string {
  const params = new URLSearchParams(query);
  params.sort();
  return params.toString();
}

const saveForm = defineForm({
  path: '/staff/filters',
  auth: { permission: 'task.read' },
  body: {
    list: z.enum(filteredLists),
    name: line(60),
    query: line(1000),
    share: entityId.optional(),
  },
  handle: async ({ tx, body }) => {
    const query = await readFilters(tx, body.list, body.query);
    await saveFilter(tx, {
      list: body.list,
      name: body.name,
      query,
      entityId: body.share ?? null,
    });
    return { to: `${pageOfList[body.list]}?${query}`, flash: 'The filter is kept.' };
  },
});

const removeForm = defineForm({
  path: '/staff/filters/:id/remove',
  auth: { permission: 'task.read' },
  params: { id: idOf('savedFilter') },
  handle: async ({ tx, params }) => {
    const { list } = await removeFilter(tx, params.id);
    return { to: pageOfList[list], flash: 'The filter is taken away.' };
  },
});

export const savedFilterPages = [saveForm, removeForm];
