import { systemScope } from '../domain/access/scope';
import { platformInWords } from '../domain/account/words';
import { platformKinds, type PlatformKind } from '../domain/trading/capabilities';
import { demoInstallation } from '../domain/policy/defaults/shipped';
import type { PublishedList } from '../domain/screening/entry';
import { shippedPolicies } from '../domain/policy/defaults/all';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { inScope, type Database } from './connection';
import { enqueueStart } from './dispatch';
import { saveEntity, type Entity } from './entities';
import { installPolicies } from './policies';
import { bringListsUpToDate } from './sanction-lists';
import { saveServer } from './servers';

/** The two licences that ship: a CySEC entity and an offshore one, whose rules differ. */
export const shippedEntities: readonly Entity[] = [
  {
    id: demoInstallation.cysecEntity,
    name: 'Keelson Markets (CY) Ltd',
    jurisdiction: 'CY',
    licence: 'CySEC (demonstration)',
    currencies: ['EUR', 'USD'],
    brand: {
      name: 'Keelson Markets CY',
      colour: '#1f4e79',
      postalAddress: '1 Example Street, 3100 Limassol, Cyprus',
      supportEmail: 'support@cy.keelson.example',
      mailFrom: 'no-reply@cy.keelson.example',
    },
  },
  {
    id: demoInstallation.offshoreEntity,
    name: 'Keelson Markets (SC) Ltd',
    jurisdiction: 'SC',
    licence: 'FSA Seychelles (demonstration)',
    currencies: ['USD', 'EUR', 'KES', 'EGP', 'IDR', 'THB', 'MYR', 'USDT', 'USDC'],
    brand: {
      name: 'Keelson Markets International',
      colour: '#2f6b4f',
      postalAddress: '1 Example Avenue, Victoria, Seychelles',
      supportEmail: 'support@int.keelson.example',
      mailFrom: 'no-reply@int.keelson.example',
    },
  },
];

/** A trading server as the installation knows it. */
export interface InstalledServer {
  readonly id: string;
  readonly platform: PlatformKind;
  readonly name: string;
}

/** The servers that the shipped policies name, one of each platform. */
const serversOfShippedPolicies: readonly InstalledServer[] = platformKinds.map((platform) => ({
  id: demoInstallation.servers[platform],
  platform,
  name: platformInWords(platform),
}));

/**
 * Puts in what a new installation needs and brings the rest up to date: entities, shipped policies where none
 * has been published, the trading servers and their deal feeds, sanctions lists. Repeating it changes nothing that people changed.
 */
export async function install(
  db: Database,
  {
    actor,
    settleWindowMs,
    servers = serversOfShippedPolicies,
    watched = [],
    sampleList,
    lists = [],
  }: {
    readonly actor: string;
    readonly settleWindowMs: number;
    readonly servers?: readonly InstalledServer[];
    /** Payment providers that send no messages, and are read. */
    readonly watched?: readonly string[];
    /** The invented list that ships; without any list nobody is cleared. */
    readonly sampleList?: PublishedList;
    /** Published lists that the installation has been given. */
    readonly lists?: readonly PublishedList[];
  },
): Promise<{ policies: number }> {
  return inScope(db, systemScope(actor), async (tx) => {
    for (const entity of shippedEntities) await saveEntity(tx, entity);
    const policies = await installPolicies(tx, shippedPolicies());
    await bringListsUpToDate(tx, { sampleList, lists });
    for (const server of servers) {
      await saveServer(tx, { ...server, settleWindowMs });
      await enqueueStart(tx, {
        workflow: 'dealFeed',
        workflowId: workflowIds.feed(server.id),
        taskQueue: taskQueues.workflows,
        args: { id: server.id },
        subject: `server/${server.id}`,
        entityId: null,
        state: 'queued',
      });
    }
    for (const provider of watched) {
      await enqueueStart(tx, {
        workflow: 'paymentWatch',
        workflowId: workflowIds.watch(provider),
        taskQueue: taskQueues.workflows,
        args: { id: provider },
        subject: `provider/${provider}`,
        entityId: null,
        state: 'queued',
      });
    }
    return { policies };
  });
}
