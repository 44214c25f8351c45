/**
 * The task queues, one for each kind of load, so that a slow provider cannot hold up a decision.
 * Rate limits sit on `trading`, `payments` and `mail` only: eager activities bypass a queue's limit
 * when the workflow polls the same queue.
 */
export const taskQueues = {
  /** Workflow tasks, and nothing else. */
  workflows: 'workflows',
  /** Short statements on PostgreSQL. */
  db: 'db',
  /** Calls to trading servers. */
  trading: 'trading',
  /** Calls to payment providers and banks. */
  payments: 'payments',
  /** Pages of thousands of rows, heartbeating. */
  bulk: 'bulk',
  /** Pictures of documents: reading them, and handing them to verifiers. */
  documents: 'documents',
  /** Outgoing mail. */
  mail: 'mail',
} as const;
