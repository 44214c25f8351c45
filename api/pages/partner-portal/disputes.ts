import { z } from 'zod';
import { Problem } from '../../../domain/problem';
import {
  aboutInWords,
  askAboutCommission,
  findDisputable,
  listDisputes,
  readDispute,
  type CommissionDispute,
  type Disputable,
} from '../../../db/commission-disputes';
import type { Tx } from '../../../db/connection';
import { listServers } from '../../../db/servers';
import { aboutFrom, disputeAbout } from '../../routes/commission-disputes';
import { decodeCursor, encodeCursor } from '../../cursor';
import { idOf, prose } from '../../schemas';
import type { Words } from '../client-room/words';
import { defineForm, definePage } from '../page';
import { explain } from './explanation';
import { partnerOf } from './partner-scope';

const rowsPerPage = 30;
const path = '/partner/disputes';

const stateWords: Readonly<Record<CommissionDispute['state'], Words>> = {
  open: {
    label: 'Being looked at',
    tone: 'wait',
    text: 'A colleague answers you here and by mail.',
  },
  accepted: { label: 'Accepted', tone: 'good', text: '' },
  declined: { label: 'Declined', tone: 'quiet', text: '' },
};

function capitalised(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const listPage = definePage({
  path,
  auth: { partner: 'dispute.read' },
  query: { cursor: z.string().max(500).optional() },
  handle: async ({ tx, query }) => {
    const after = decodeCursor(query.cursor);
    const found = await listDisputes(tx, { after, limit: rowsPerPage + 1 });
    const rows = found.slice(0, rowsPerPage);
    const last = rows.at(-1);
    return {
      view: 'partner/disputes',
      title: 'Questions',
      data: {
        disputes: rows.map((dispute) => ({
          ...dispute,
          about: capitalised(aboutInWords(dispute)),
          status: stateWords[dispute.state],
        })),
        isFirst: after === undefined,
        next:
          found.length > rowsPerPage && last
            ? `${path}?cursor=${encodeCursor(last.id)}`
            : undefined,
      },
    };
  },
});

/** What the form is about, as the address or the form itself names it; nothing where it has to be typed. */
const given = z.object(disputeAbout);

const askPage = definePage({
  path: `${path}/new`,
  auth: { partner: 'dispute.ask' },
  query: disputeAbout,
  handle: async ({ tx, scope, query, typed }) => {
    const named = typed === undefined ? query : (given.safeParse(typed).data ?? {});
    const servers = await listServers(tx);
    const found = await disputableOf(tx, partnerOf(scope).partnerId, named);
    return {
      view: 'partner/dispute-form',
      title: 'Ask about commission',
      data: {
        ...named,
        line: undefined,
        servers: servers.map(({ id, name }) => ({ value: id, label: name })),
        server: named.server ?? servers[0]?.id,
        found: found && {
          ...found,
          ...found.about,
          steps: found.kept ? explain(found.kept) : [],
        },
      },
    };
  },
});

/** Nothing where the address names nothing whole, or nothing of the partner's: the form asks for it. */
async function disputableOf(
  tx: Tx,
  partnerId: string,
  named: Parameters<typeof aboutFrom>[0],
): Promise<Disputable | undefined> {
  try {
    return await findDisputable(tx, partnerId, aboutFrom(named));
  } catch (error) {
    if (error instanceof Problem && (error.status === 400 || error.status === 404))
      return undefined;
    throw error;
  }
}

const askForm = defineForm({
  path: `${path}/new`,
  auth: { partner: 'dispute.ask' },
  body: { ...disputeAbout, question: prose(2000) },
  page: askPage,
  handle: async ({ tx, body: { question, ...about } }) => {
    const { id } = await askAboutCommission(tx, aboutFrom(about), question);
    return {
      to: `${path}/${id}`,
      flash: 'Your question is sent. The answer comes here and by mail.',
    };
  },
});

const disputePage = definePage({
  path: `${path}/:id`,
  auth: { partner: 'dispute.read' },
  params: { id: idOf('commissionDispute') },
  handle: async ({ tx, params }) => {
    const dispute = await readDispute(tx, params.id);
    return {
      view: 'partner/dispute',
      title: `Question about ${aboutInWords(dispute)}`,
      data: {
        dispute,
        status: stateWords[dispute.state],
        steps: dispute.kept ? explain(dispute.kept) : [],
      },
    };
  },
});

export const disputePages = [listPage, askPage, askForm, disputePage];
