import { z } from 'zod';
import { may } from '../../../domain/access/scope';
import { kycCaseStates } from '../../../domain/kyc/case-state';
import { namesOfClients } from '../../../db/clients';
import { listCases } from '../../../db/kyc';
import { listEntities } from '../../../db/entities';
import { entityId } from '../../schemas';
import { definePage } from '../page';
import { afterOf, chipsOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';

const levels = ['low', 'medium', 'high'] as const;

const casesPage = definePage({
  path: '/staff/cases',
  auth: { permission: 'kyc.read' },
  query: {
    state: z.enum(kycCaseStates).optional(),
    risk: z.enum(levels).optional(),
    entity: entityId.optional(),
    cursor: cursorQuery,
  },
  handle: async ({ tx, scope, query }) => {
    const found = await listCases(tx, {
      ...(query.state ? { state: query.state } : {}),
      ...(query.risk ? { riskLevel: query.risk } : {}),
      ...(query.entity ? { entityId: query.entity } : {}),
      ...afterOf(query.cursor),
      limit: rowsPerPage + 1,
    });
    const path = '/staff/cases';
    const { rows, next } = pageOfRows(found, { path, query, after: (each) => each.id });
    const names = may(scope, 'client.personal')
      ? await namesOfClients(
          tx,
          rows.map((each) => each.clientId),
        )
      : new Map<string, string>();
    const entities = await listEntities(tx);
    return {
      view: 'staff/cases',
      title: 'KYC cases',
      data: {
        cases: rows.map((each) => ({
          ...each,
          name: names.get(each.clientId),
          codes: each.issues.map((issue) => issue.code),
        })),
        next,
        states: chipsOf(path, query, { name: 'state', all: 'Every state', options: kycCaseStates }),
        risks: chipsOf(path, query, {
          name: 'risk',
          all: 'Every risk',
          options: levels.map((value) => ({ value, label: `${value} risk` })),
        }),
        entities: chipsOf(path, query, {
          name: 'entity',
          all: 'Every entity',
          options: entities.map(({ id, name }) => ({ value: id, label: name })),
        }),
      },
    };
  },
});

export const casesPages = [casesPage];
