import { readJson } from '../../http/control';
import { json, type Answer, type Call, type Routes } from '../../http/server';
import { perform } from '../perform';
import { commit, type Psp } from '../psp';
import { bankSignatureHolds } from '../signature';
import { acceptPayout, readPayout } from './payout';

/** The bank's payout API: signed JSON, one payout per reference for ever. */
export function bankRoutes(routes: Routes, psp: Psp): void {
  routes
    .on('POST', '/bank/v1/payouts', async (call) => {
      const denied = authenticate(psp, call);
      if (denied) return denied;
      const reply = await perform(psp, 'payout', call, (instead) => create(psp, call, instead));
      psp.settlements.arm();
      return reply;
    })
    .on(
      'GET',
      '/bank/v1/payouts',
      (call) => authenticate(psp, call) ?? perform(psp, 'lookup', call, () => list(psp, call)),
    )
    .on(
      'GET',
      '/bank/v1/payouts/:id',
      (call) => authenticate(psp, call) ?? perform(psp, 'lookup', call, () => one(psp, call)),
    );
}

function authenticate(psp: Psp, call: Call): Answer | undefined {
  const header = call.headers['x-bank-signature'];
  const holds =
    typeof header === 'string' && bankSignatureHolds(psp.bankKey, header, call, Date.now());
  return holds ? undefined : problem(401, 'bad_signature', 'The request is not signed as it must.');
}

function create(psp: Psp, call: Call, instead?: Answer): Answer {
  const body = readJson(call.raw);
  if (!body) return problem(400, 'invalid_body', 'The body must be a JSON object.');
  const payout = readPayout(body);
  if ('code' in payout) return problem(422, payout.code, payout.message);
  const existing = psp.state.all('payouts').find((row) => row.reference === payout.reference);
  if (existing) {
    const message = 'There is a payout with this reference; look it up.';
    return problem(409, 'duplicate_reference', message, { payoutId: existing.id });
  }
  commit(psp, acceptPayout(psp, payout, call.raw.toString('utf8')));
  return instead ?? json(201, payout);
}

function list(psp: Psp, call: Call): Answer {
  const reference = call.query.get('reference');
  if (reference === null) return problem(400, 'reference_required', 'Give a reference.');
  const payouts = psp.state.all('payouts').filter((row) => row.reference === reference);
  return json(200, { payouts });
}

function one(psp: Psp, call: Call): Answer {
  const payout = psp.state.get('payouts', call.params.id ?? '');
  return payout ? json(200, payout) : problem(404, 'not_found', 'No such payout.');
}

function problem(
  status: number,
  code: string,
  message: string,
  extra: Readonly<Record<string, unknown>> = {},
): Answer {
  return json(status, { error: { code, message, ...extra } });
}
