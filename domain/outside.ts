/**
 * How a step that touches the outside stands, as activities tell it to workflows (plain JSON).
 * `blocked`: nothing was sent and the same attempt may be tried again later.
 * `absent`: proven never to have happened, so a new attempt may be planned.
 * `person`: what is there cannot be judged by rule; a task is open.
 */
export type StepResult =
  | { readonly kind: 'done'; readonly intentId: string; readonly externalId: string }
  | {
      readonly kind: 'refused';
      readonly intentId: string;
      readonly code: string;
      readonly reason: string;
    }
  | { readonly kind: 'unknown'; readonly intentId: string | null; readonly reason: string }
  | { readonly kind: 'blocked'; readonly code: string; readonly reason: string }
  | { readonly kind: 'absent'; readonly intentId: string }
  | { readonly kind: 'person'; readonly intentId: string; readonly taskId: string };

/** What a process waits for while a step stands so; read by people on pages and by `keelson stuck`. */
export function waitingFor(result: StepResult): string | null {
  switch (result.kind) {
    case 'done':
    case 'refused':
    case 'absent':
      return null;
    case 'unknown':
      return 'proof of what happened outside';
    case 'blocked':
      return blockedWords[result.code] ?? 'the other side to be reachable';
    case 'person':
      return `task ${result.taskId}`;
  }
}

const blockedWords: Readonly<Record<string, string>> = {
  in_flight: 'another operation of this log-in whose outcome is not known',
  halted: 'a halt switch to be lifted',
  // Whatever it is: other words for a hidden hold would tell of it.
  routine_review: 'a routine review',
  outflow_ceiling: "the entity's hourly outflow ceiling",
  not_sent: 'the other side to be reachable',
};
