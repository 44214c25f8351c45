import { z } from 'zod';
import { partnerStates } from '../../domain/partners/standing';
import type { Partner } from '../../db/partners';
import { exampleId, idOf, time } from '../schemas';

export const partnerAnswer = z
  .object({
    id: idOf('partner'),
    entityId: z.string(),
    parentId: z.string().nullable().meta({
      description: 'Null at the top of a network, or of the part of it that the reader sees.',
    }),
    level: z.number().int().meta({ description: '1 is the top of a network.' }),
    planSet: z.string(),
    payoutCurrency: z.string(),
    state: z.enum(partnerStates),
    version: z.int(),
    createdAt: time,
  })
  .meta({ id: 'Partner' });

export const examplePartner = {
  id: exampleId('partner'),
  entityId: 'cy',
  parentId: null,
  level: 1,
  planSet: exampleId('planSet'),
  payoutCurrency: 'EUR',
  state: 'active' as const,
  version: 1,
  createdAt: '2026-11-23T20:15:00.000000Z',
};

export function showPartner(partner: Partner) {
  const { id, parentId, level, planSet, payoutCurrency, state, version, createdAt } = partner;
  return {
    id,
    entityId: partner.entityId,
    parentId,
    level,
    planSet,
    payoutCurrency,
    state,
    version,
    createdAt,
  };
}

export const partnerId = { id: idOf('partner') };
