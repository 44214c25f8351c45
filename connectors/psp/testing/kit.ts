import { providerOperations, type ProviderOperation } from '../../../domain/payments/capabilities';
import { WebhookRejected } from '../messages';
import { Counter, type Subject } from './counter';
import { comes } from './simulation';
import { eventsOf, messages } from './told';

/**
 * For tests only: what every payment provider must stand. Each operation it has meets each fault of the simulator,
 * and afterwards what the provider moved is what it told, in count and sum. An unknown outcome is looked up by our
 * id or told by a message, and is never repeated under another.
 */
export function describeProvider(subject: Subject): Counter {
  const counter = new Counter(subject);
  for (const operation of subject.operations) {
    describe(`a ${operation}`, () => {
      describeOperation(counter, operation);
    });
  }
  if (subject.payment) describePaying(counter);
  it('declares the operations that it has, and refuses the others', async () => {
    const { operations } = counter.provider.capabilities;
    expect(Object.keys(operations).sort()).toEqual([...subject.operations].sort());
    const missing = providerOperations.filter((operation) => operations[operation] === undefined);
    for (const operation of missing) {
      expect(await askFor(counter, operation)).toMatchObject({
        kind: 'refused',
        code: 'unsupported',
      });
    }
  });
  describeMessages(counter);
  it('has moved in all what was told in all', async () => {
    const moved = await total(counter, (order) => counter.effects(order));
    const tellAll = () => total(counter, (order) => counter.told(order));
    // Of a provider that is asked, one answer that is lost on a busy machine says nothing.
    await comes(async () => sameSum(await tellAll(), moved));
    expect(await tellAll()).toEqual(moved);
    expect(moved.count).toBeGreaterThan(0);
  });
  return counter;
}

interface Total {
  readonly count: number;
  readonly sum: bigint;
}

async function total(counter: Counter, linesOf: Counter['told']): Promise<Total> {
  const lines = (await Promise.all(counter.orders.map(linesOf))).flat();
  return {
    count: lines.length,
    sum: lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0n),
  };
}

function sameSum(a: Total, b: Total): boolean {
  return a.count === b.count && a.sum === b.sum;
}

function describeOperation(counter: Counter, operation: ProviderOperation): void {
  const repeats = () => counter.provider.capabilities.keyHours !== 0;
  it('is done once, and told as it is', async () => {
    const order = await counter.order(operation);
    expect(await counter.send(order)).toMatchObject({
      kind: 'done',
      amountMinor: order.amountMinor,
    });
    await counter.complete(order);
    await counter.expectAgreement(order);
    expect(await counter.effects(order)).toHaveLength(1);
  });

  for (const kind of ['lose_request', 'error_before_accept']) {
    it(`is not taken for done after ${kind}, and can be asked for again under its id`, async () => {
      const order = await counter.order(operation);
      await counter.stage.fault({ kind, operation });
      expect(await counter.send(order)).toMatchObject({ kind: 'unknown' });
      expect(await counter.effects(order)).toEqual([]);
      const looked = await counter.lookUp(order);
      expect(looked.kind).toBe(counter.isAskedByReference(order) ? 'absent' : 'unknown');
      if (!repeats()) return;
      expect(await counter.send(order)).toMatchObject({ kind: 'done' });
      await counter.complete(order);
      await counter.expectAgreement(order);
      expect(await counter.effects(order)).toHaveLength(1);
    });
  }

  for (const kind of ['lose_reply_after_accept', 'error_after_accept', 'hang']) {
    it(`is unknown after ${kind}, becomes known, and was done once`, async () => {
      const order = await counter.order(operation);
      const provider = kind === 'hang' ? await counter.hasty() : counter.provider;
      await counter.stage.fault({ kind, operation });
      expect(await counter.send(order, provider)).toMatchObject({ kind: 'unknown' });
      if (repeats()) await counter.send(order);
      const looked = await counter.lookUp(order);
      // The wallet of a page that nobody has opened yet knows nothing of it.
      if (counter.isAskedByReference(order) && looked.kind !== 'absent') {
        expect(looked).toMatchObject({ kind: 'found', amountMinor: order.amountMinor });
      }
      await counter.complete(order);
      expect(await comes(async () => (await counter.effects(order)).length === 1)).toBe(true);
      await counter.expectAgreement(order);
      expect(await counter.effects(order)).toHaveLength(1);
    });
  }

  it('comes through when the provider is slow', async () => {
    const order = await counter.order(operation);
    await counter.stage.fault({ kind: 'slow', operation, ms: 50 });
    expect(await counter.send(order)).toMatchObject({ kind: 'done' });
    await counter.complete(order);
    await counter.expectAgreement(order);
  });

  it('may be sent again when the provider was busy', async () => {
    const order = await counter.order(operation);
    await counter.stage.fault({ kind: 'rate_limited', operation });
    expect(await counter.send(order)).toMatchObject({ kind: 'refused', notSent: true });
    expect(await counter.effects(order)).toEqual([]);
    expect(await counter.send(order)).toMatchObject({ kind: 'done' });
    await counter.complete(order);
    await counter.expectAgreement(order);
  });

  it('is refused for good, and nothing was moved', async () => {
    const order = await counter.order(operation);
    await counter.stage.fault({ kind: 'refuse', operation });
    expect(await counter.send(order)).toMatchObject({ kind: 'refused', notSent: false });
    expect(await counter.told(order)).toEqual([]);
    expect(await counter.effects(order)).toEqual([]);
  });

  it('is one when it is asked for twice under its id', async () => {
    if (!repeats()) return;
    const order = await counter.order(operation);
    const outcomes = [await counter.send(order), await counter.send(order)];
    const refs = outcomes.map((one) => (one.kind === 'done' ? one.providerRef : one.kind));
    expect(new Set(refs).size).toBe(1);
    await counter.complete(order);
    await counter.expectAgreement(order);
    expect(await counter.effects(order)).toHaveLength(1);
  });

  it('may be told before it is answered', async () => {
    const order = await counter.order(operation);
    await counter.stage.fault({ kind: 'webhook_before_answer', operation });
    expect(await counter.send(order)).toMatchObject({ kind: 'done' });
    await counter.complete(order);
    await counter.expectAgreement(order);
  });

  for (const kind of ['webhook_twice', 'webhook_out_of_order']) {
    it(`is the same after ${kind}`, async () => {
      const order = await counter.order(operation);
      await counter.stage.fault({ kind, ms: 200 });
      expect(await counter.send(order)).toMatchObject({ kind: 'done' });
      await counter.complete(order);
      await counter.expectAgreement(order);
      expect(await counter.effects(order)).toHaveLength(1);
    });
  }

  it('is told by nobody who has no secret of the provider’s', async () => {
    if (!counter.tells(operation)) return;
    const order = await counter.order(operation);
    const before = counter.rejected;
    await counter.stage.fault({ kind: 'bad_signature' });
    expect(await counter.send(order)).toMatchObject({ kind: 'done' });
    await counter.complete(order);
    await counter.expectAgreement(order);
    expect(counter.rejected).toBe(before + 1);
  });

  it('is refused before it is sent when the provider would never take it', async () => {
    const terms = counter.provider.capabilities.operations[operation];
    const order = await counter.order(operation);
    for (const limits of Object.values(terms?.limits ?? {}).slice(0, 1)) {
      const tooMuch = { ...order, amountMinor: limits.maxMinor + 1n };
      const asked =
        'request' in tooMuch ? { ...tooMuch.request, amountMinor: tooMuch.amountMinor } : undefined;
      const outcome =
        asked !== undefined
          ? await counter.provider.createPayment(asked)
          : operation === 'payout'
            ? await payoutOf(counter, tooMuch.amountMinor)
            : await counter.send(tooMuch);
      expect(outcome).toMatchObject({
        kind: 'refused',
        code: 'amount_out_of_range',
        notSent: false,
      });
    }
    expect(await counter.effects(order)).toEqual([]);
  });

  if (operation === 'payment') return;
  it('that comes back later is told so, and has no effect', async () => {
    const order = await counter.order(operation);
    await counter.stage.fault({ kind: 'fail_later', operation });
    expect(await counter.send(order)).toMatchObject({ kind: 'done' });
    expect(await comes(async () => (await counter.effects(order)).length === 0)).toBe(true);
    await counter.expectAgreement(order);
  });
}

function payoutOf(counter: Counter, amountMinor: bigint) {
  const { payout } = counter.subject;
  if (!payout) throw new Error('the subject has no payout');
  const operationId = `${counter.subject.name}_never`;
  return counter.provider.payout({ operationId, remittance: '', ...payout, amountMinor });
}

/** An operation that nobody should have asked this provider for. */
function askFor(counter: Counter, operation: ProviderOperation) {
  const amount = { operationId: 'never', amountMinor: 10_000n, currency: 'EUR' };
  switch (operation) {
    case 'payment':
      return counter.provider.createPayment({ ...amount, description: '', returnUrl: '' });
    case 'refund':
      return counter.provider.refund({ ...amount, paymentRef: 'never' });
    case 'payout': {
      const destination = {
        kind: 'bank_account' as const,
        ...{ name: 'Payee', country: 'CY', iban: 'CY17002001280000001200527600' },
      };
      return counter.provider.payout({ ...amount, destination, remittance: '' });
    }
    default:
      return operation satisfies never;
  }
}

function describePaying(counter: Counter): void {
  const { name, chargebacks } = counter.subject;

  it('tells what was paid, when it is less than was asked for', async () => {
    const order = await counter.order('payment');
    await counter.send(order);
    await counter.stage.fault({ kind: 'partial', operation: 'pay' });
    await counter.complete(order);
    await counter.expectAgreement(order);
    expect(await counter.effects(order)).toMatchObject([{ amountMinor: order.amountMinor / 2n }]);
  });

  it('is known again by its reference when it is charged back weeks later', async () => {
    const order = await counter.order('payment');
    const opened = await counter.send(order);
    await counter.complete(order);
    await counter.expectAgreement(order);
    const body = { side: name, reference: order.operationId, daysLater: 45 };
    await counter.stage.control('/charge-back', body);
    const disputes = () =>
      messages(counter.stage, counter.provider).filter(
        (message) =>
          message.type === 'dispute_opened' &&
          message.paymentRef === (opened.kind === 'done' ? opened.providerRef : ''),
      );
    if (!chargebacks) {
      expect(disputes()).toEqual([]);
      return;
    }
    await comes(() => disputes().length > 0);
    expect(disputes()).toMatchObject([{ amountMinor: order.amountMinor }]);
    expect(eventsOf(counter.stage, counter.provider, order.operationId)).toHaveLength(1);
  });
}

function describeMessages(counter: Counter): void {
  it.each(['', '{', '[]', 'null', '{"id":1}', 'a=b&c', '\u0000\ufffd'])(
    'rejects %j for a message, and says nothing else',
    (text) => {
      const genuine = counter.stage.receiver.received.at(-1);
      const verify = () =>
        counter.provider.verifyWebhook(Buffer.from(text), genuine?.headers ?? {}, genuine?.target);
      expect(verify).toThrow(WebhookRejected);
    },
  );

  it('rejects a message without headers and address', () => {
    const genuine = counter.stage.receiver.received.find(() => true);
    const stripped = Buffer.from(genuine?.raw.toString('utf8').replace(/[0-9a-f]{8}/g, '0') ?? '');
    expect(() => counter.provider.verifyWebhook(stripped, {})).toThrow(WebhookRejected);
  });
}
