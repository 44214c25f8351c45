/** The one namespace of an installation. */
export const namespaceName = 'keelson';

/**
 * How long Temporal keeps a closed run. The record is PostgreSQL's; this only bounds how far back
 * the Temporal UI reads, and after it a workflow id is free again.
 */
export const retentionDays = 30;
