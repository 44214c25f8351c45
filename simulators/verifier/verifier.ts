import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { FaultBook, faultRoutes } from '../faults/faults';
import { BadControl, control, text, type JsonObject } from '../http/control';
import { Routes, serve, type Answer, type Call, type Reply } from '../http/server';
import { Journal, type Change } from '../journal/journal';
import { Webhooks, type Signer } from '../psp/webhooks';
import { failure, verifierRoutes } from './api';
import { put, VerifierState, wireTime, type Applicant, type ReviewResult } from './applicant';

export interface VerifierOptions {
  readonly data: string;
  readonly port?: number;
  readonly controlPort?: number;
  /** Base URL: messages go to `<base>/sumsub`. */
  readonly webhookUrl?: string;
  /** Milliseconds after which a person is found to be who they say; without it, only the control port reviews. */
  readonly reviewMs?: number;
}

/** What the simulator prints when it is up. */
export interface VerifierAddresses {
  readonly control: string;
  /** For the product's file of verifiers. */
  readonly verifier: Readonly<Record<string, string>>;
}

const requestFaults = [
  'lose_request',
  'lose_reply_after_accept',
  'error_before_accept',
  'rate_limited',
  'refuse',
  'answer_before_reply',
];
const faultKinds = {
  kinds: [
    ...requestFaults,
    'webhook_twice',
    'webhook_out_of_order',
    'bad_signature',
    'hold_webhooks',
  ],
  operations: ['create', 'document', 'submit', 'lookup'],
  quiet: ['lookup'],
  lasting: ['hold_webhooks'],
};

/** A verifier of identities that speaks as Sumsub does. */
export class Verifier {
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly webhooks: Webhooks<'sumsub'>;

  constructor(
    readonly state: VerifierState,
    readonly faults: FaultBook,
    readonly settings: {
      readonly appToken: string;
      readonly secretKey: string;
      readonly webhookSecret: string;
    },
    readonly reviewMs: number | undefined,
  ) {
    this.webhooks = new Webhooks(state, faults, {
      url: () => state.get('settings', 'all')?.webhookUrl,
      signerOf: () => signer(settings.webhookSecret),
    });
  }

  commit(changes: readonly Change[]): void {
    this.state.journal.commit(changes);
    this.webhooks.kick();
  }

  byReference(reference: string): Applicant | undefined {
    return this.state.all('applicants').find((each) => each.externalUserId === reference);
  }

  /** The person waits to be looked at, and it is told. */
  submit(applicant: Applicant): void {
    const pending: Applicant = { ...applicant, reviewStatus: 'pending' };
    this.commit([
      put('applicants', pending.id, pending),
      ...this.#told(pending, 'applicantPending'),
    ]);
    if (this.reviewMs === undefined) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.review(pending, { reviewAnswer: 'GREEN' });
    }, this.reviewMs);
    this.#timers.add(timer);
  }

  /** Decides, for the first time or anew. */
  review(applicant: Applicant, result: ReviewResult): void {
    const reviewed: Applicant = {
      ...applicant,
      reviewStatus: 'completed',
      reviewMs: Date.now(),
      result,
    };
    this.commit([
      put('applicants', reviewed.id, reviewed),
      ...this.#told(reviewed, 'applicantReviewed'),
    ]);
  }

  /** Carries out a request with whatever fault waits for it. */
  async perform(operation: string, call: Call, apply: () => Answer): Promise<Reply> {
    const content = `${call.target}\n${call.raw.toString('latin1')}`;
    const fault = this.faults.take(requestFaults, { operation, content });
    switch (fault?.kind) {
      case 'lose_request':
        return 'drop';
      case 'lose_reply_after_accept':
        apply();
        return 'drop';
      case 'error_before_accept':
        return failure(fault.status ?? 500, 'Internal error');
      case 'rate_limited':
        return failure(429, 'Too many requests');
      case 'refuse':
        return failure(fault.status ?? 400, 'Refused');
      case 'answer_before_reply': {
        const answer = apply();
        const applicant = this.state.get('applicants', call.params.id ?? '');
        if (applicant) this.review(applicant, { reviewAnswer: 'GREEN' });
        await this.webhooks.flush(5_000);
        return answer;
      }
      default:
        return apply();
    }
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.webhooks.stop();
  }

  #told(applicant: Applicant, type: string): Change[] {
    const now = Date.now();
    return this.webhooks.rowsOf({
      id: randomUUID(),
      side: 'sumsub',
      type,
      createdMs: now,
      body: JSON.stringify({
        applicantId: applicant.id,
        inspectionId: applicant.inspectionId,
        correlationId: `req-${randomUUID()}`,
        levelName: applicant.levelName,
        externalUserId: applicant.externalUserId,
        type,
        sandboxMode: true,
        reviewStatus: applicant.reviewStatus,
        createdAtMs: wireTime(now),
        clientId: 'keelson',
        ...(applicant.result === null ? {} : { reviewResult: applicant.result }),
      }),
    });
  }
}

/** The digest of the very bytes, and how it was made; a forged one is made by somebody who knows no secret. */
function signer(secret: string): Signer {
  return ({ body }, forged) => ({
    headers: {
      'x-payload-digest-alg': 'HMAC_SHA256_HEX',
      'x-payload-digest': createHmac('sha256', forged ? 'somebody else' : secret)
        .update(body)
        .digest('hex'),
    },
  });
}

export interface VerifierSimulator {
  readonly addresses: VerifierAddresses;
  close(): Promise<void>;
}

/** Starts the verifier; with the data of an earlier run it is as that run left it. */
export async function startVerifier(options: VerifierOptions): Promise<VerifierSimulator> {
  const journal = new Journal(join(options.data, 'verifier.jsonl'));
  const state = new VerifierState(journal);
  const kept = state.get('settings', 'all');
  const made = () => randomBytes(24).toString('hex');
  const secrets = {
    appToken: kept?.appToken ?? `sbx:${made()}`,
    secretKey: kept?.secretKey ?? made(),
    webhookSecret: kept?.webhookSecret ?? made(),
  };
  const webhookUrl = options.webhookUrl ?? kept?.webhookUrl;
  journal.commit([
    put('settings', 'all', { ...secrets, ...(webhookUrl === undefined ? {} : { webhookUrl }) }),
  ]);
  const faults = new FaultBook(journal, faultKinds);
  const verifier = new Verifier(state, faults, secrets, options.reviewMs);
  const routes = new Routes();
  verifierRoutes(routes, verifier);
  const controls = new Routes();
  controlRoutes(controls, verifier);
  const server = await serve(routes, options.port ?? 0);
  const controlServer = await serve(controls, options.controlPort ?? 0);
  verifier.webhooks.kick();
  return {
    addresses: {
      control: controlServer.url,
      verifier: { name: 'sumsub', kind: 'sumsub', apiUrl: server.url, ...secrets },
    },
    close: async () => {
      verifier.stop();
      await Promise.all([server.close(), controlServer.close()]);
      journal.close();
    },
  };
}

/** The control port: faults, reviews and what the verifier has. JSON, this machine only. */
function controlRoutes(routes: Routes, verifier: Verifier): void {
  faultRoutes(routes, verifier.faults);
  routes
    .on(
      'POST',
      '/review',
      control((body) => {
        const applicant = verifier.byReference(text(body, 'reference') ?? '');
        if (!applicant) throw new BadControl('reference must name an applicant');
        verifier.review(applicant, resultOf(body));
        return { id: applicant.id };
      }),
    )
    .on(
      'POST',
      '/redeliver',
      control(() => ({ released: verifier.webhooks.release(() => true, true) })),
    )
    .on(
      'GET',
      '/state',
      control(() => ({
        applicants: verifier.state.all('applicants').map((applicant) => ({
          id: applicant.id,
          reference: applicant.externalUserId,
          level: applicant.levelName,
          status: applicant.reviewStatus,
          documents: applicant.documents,
        })),
        deliveries: verifier.state
          .all('deliveries')
          .map(({ type, state, eventId }) => ({ type, state, eventId })),
      })),
    );
}

function resultOf(body: JsonObject): ReviewResult {
  const { answer, labels } = body;
  if (answer !== 'GREEN' && answer !== 'RED') throw new BadControl('answer must be GREEN or RED');
  if (answer === 'GREEN') return { reviewAnswer: answer };
  const again = body.retry === true;
  return {
    reviewAnswer: 'RED',
    rejectLabels: Array.isArray(labels) ? labels.map(String) : [],
    reviewRejectType: again ? 'RETRY' : 'FINAL',
    moderationComment: text(body, 'moderationComment') ?? 'Please send a better picture.',
    clientComment: text(body, 'clientComment') ?? 'For the house alone.',
  };
}
