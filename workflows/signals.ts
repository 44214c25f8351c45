import { defineSignal } from '@temporalio/workflow';

/**
 * Signals, not Updates: a person's command is committed before anything is told to a workflow, and must
 * neither hang without a worker nor get lost with Temporal. They only wake: the row is the truth.
 */
export const decided = defineSignal<[{ readonly task?: string }]>('decided');
/** A provider or server said something about this process; it is stored already. */
export const providerEvent = defineSignal<[{ readonly event?: string }]>('providerEvent');
/** The client or an officer changed something this process reads. */
export const changed = defineSignal<[{ readonly what?: string }]>('changed');
