import { randomUUID } from 'node:crypto';
import { BadControl, control, integer, text, type JsonObject } from '../http/control';
import { type Routes } from '../http/server';
import { type Journal } from '../journal/journal';

/** A fault that waits for its chance. It is spent after `times` uses; `times` null is until deleted. */
export interface Fault {
  readonly id: string;
  readonly kind: string;
  /** The operation it waits for; without it, any operation that changes something. */
  readonly operation: string | null;
  /** For webhooks: the event type it waits for (a prefix serves). */
  readonly event: string | null;
  /** A text that the request, mail or event must contain: so that one run's fault hits that run alone. */
  readonly match: string | null;
  readonly times: number | null;
  readonly ms: number | null;
  readonly code: string | null;
  readonly status: number | null;
  readonly message: string | null;
}

export interface Occasion {
  readonly operation?: string;
  readonly event?: string;
  readonly content: string;
}

const table = 'faults';

export interface FaultKinds {
  readonly kinds: readonly string[];
  readonly operations: readonly string[];
  /** Operations that a fault without `operation` leaves alone. */
  readonly quiet: readonly string[];
  /** Kinds that stay until deleted unless `times` is given. */
  readonly lasting: readonly string[];
}

/** The faults asked for and not yet spent; they survive a restart, as all else does. */
export class FaultBook {
  readonly #journal: Journal;
  readonly #known: FaultKinds;
  #onChange: () => void = () => undefined;

  constructor(journal: Journal, known: FaultKinds) {
    this.#journal = journal;
    this.#known = known;
  }

  /** Called after faults were deleted, so that what they held back can go on. */
  onCleared(listener: () => void): void {
    this.#onChange = listener;
  }

  list(): Fault[] {
    return [...this.#journal.rows(table).values()] as Fault[];
  }

  add(body: JsonObject): Fault {
    const kind = text(body, 'kind') ?? '';
    if (!this.#known.kinds.includes(kind)) {
      throw new BadControl(`kind must be one of ${this.#known.kinds.join(', ')}`);
    }
    const operation = text(body, 'operation') ?? null;
    if (operation !== null && !this.#known.operations.includes(operation)) {
      throw new BadControl(`operation must be one of ${this.#known.operations.join(', ')}`);
    }
    const times = integer(body, 'times') ?? (this.#known.lasting.includes(kind) ? null : 1);
    if (times !== null && times < 1) throw new BadControl('times must be at least 1');
    const fault: Fault = {
      id: randomUUID(),
      kind,
      operation,
      event: text(body, 'event') ?? null,
      match: text(body, 'match') ?? null,
      times,
      ms: integer(body, 'ms') ?? null,
      code: text(body, 'code') ?? integer(body, 'code')?.toString() ?? null,
      status: integer(body, 'status') ?? null,
      message: text(body, 'message') ?? null,
    };
    this.#journal.commit([{ table, id: fault.id, row: fault }]);
    return fault;
  }

  clear(): void {
    const changes = this.list().map((fault) => ({ table, id: fault.id, row: null }));
    if (changes.length > 0) this.#journal.commit(changes);
    this.#onChange();
  }

  /** The first fault of these kinds that fits the occasion, spent once by being taken. */
  take(kinds: readonly string[], occasion: Occasion): Fault | undefined {
    const fault = this.list().find(
      (candidate) => kinds.includes(candidate.kind) && this.#fits(candidate, occasion),
    );
    if (!fault || fault.times === null) return fault;
    const row = fault.times > 1 ? { ...fault, times: fault.times - 1 } : null;
    this.#journal.commit([{ table, id: fault.id, row }]);
    return fault;
  }

  #fits(fault: Fault, occasion: Occasion): boolean {
    const { operation, event, content } = occasion;
    if (fault.match !== null && !content.includes(fault.match)) return false;
    if (fault.event !== null && !(event ?? '').startsWith(fault.event)) return false;
    if (operation === undefined) return true;
    return fault.operation === null
      ? !this.#known.quiet.includes(operation)
      : fault.operation === operation;
  }
}

/** `POST /faults`, `GET /faults`, `DELETE /faults` of a control port. */
export function faultRoutes(routes: Routes, faults: FaultBook): void {
  routes
    .on(
      'POST',
      '/faults',
      control((body) => faults.add(body)),
    )
    .on(
      'GET',
      '/faults',
      control(() => ({ faults: faults.list() })),
    )
    .on(
      'DELETE',
      '/faults',
      control(() => {
        faults.clear();
        return {};
      }),
    );
}
