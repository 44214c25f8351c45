import { type Fault } from '../../../faults/faults';
import { isObject, readJson, text, type JsonObject } from '../../../http/control';
import { json, type Answer, type Call, type Routes } from '../../../http/server';
import { wireId } from '../../cards/objects';
import { perform } from '../../perform';
import { commit, type Psp } from '../../psp';
import { bankSignatureHolds } from '../../signature';
import { minor } from '../amounts';
import { acceptSending, sendingsOf, type Sending } from '../book';
import { tell, transferObject } from './messages';

const addresses: Readonly<Record<string, RegExp>> = {
  ethereum: /^0x[0-9a-fA-F]{40}$/,
  tron: /^T[1-9A-HJ-NP-Za-km-z]{33}$/,
};

export function custodianRoutes(routes: Routes, psp: Psp): void {
  routes
    .on('POST', '/custodian/v1/transfers', async (call) => {
      const denied = authenticate(psp, call);
      if (denied) return denied;
      const apply = (instead?: Answer) => send(psp, call, instead);
      const reply = await perform(psp, 'payout', call, apply, refusal);
      psp.settlements.arm();
      return reply;
    })
    .on('GET', '/custodian/v1/transfers', (call) => {
      const reference = call.query.get('reference') ?? '';
      const list = () => {
        const transfers = sendingsOf(psp, 'custodian', reference).map(transferObject);
        return json(200, { transfers });
      };
      return authenticate(psp, call) ?? perform(psp, 'lookup', call, list);
    });
}

function authenticate(psp: Psp, call: Call): Answer | undefined {
  const header = call.headers['x-custodian-signature'];
  const key = psp.secretOf('custodian.key');
  const holds = typeof header === 'string' && bankSignatureHolds(key, header, call, Date.now());
  return holds ? undefined : problem(401, 'bad_signature');
}

function problem(status: number, code: string): Answer {
  return json(status, { error: { code } });
}

function refusal(fault: Fault): Answer {
  return problem(fault.status ?? 422, fault.code ?? 'policy_rejected');
}

function send(psp: Psp, call: Call, instead?: Answer): Answer {
  const body = readJson(call.raw);
  if (!body) return problem(400, 'invalid_body');
  const sending = newSending(body);
  if (typeof sending === 'string') return problem(422, sending);
  if (sendingsOf(psp, 'custodian', sending.reference).length > 0) {
    return problem(409, 'duplicate_reference');
  }
  commit(psp, acceptSending(psp, tell, sending, call.raw.toString('utf8')));
  return instead ?? json(201, transferObject(sending));
}

/** The rule of travel: nothing leaves without a name on either side. */
function newSending(body: JsonObject): Sending | string {
  const currency = text(body, 'token') ?? '';
  const chain = text(body, 'chain') ?? '';
  const reference = text(body, 'reference') ?? '';
  const amountMinor = minor(text(body, 'amount') ?? '', currency);
  const travel = isObject(body.travelRule) ? body.travelRule : {};
  if (reference === '' || amountMinor === undefined) return 'invalid_transfer';
  if (!(addresses[chain]?.test(text(body, 'address') ?? '') ?? false)) return 'invalid_address';
  if (!text(travel, 'originator') || !text(travel, 'beneficiary')) return 'travel_rule_incomplete';
  return {
    id: wireId('ct'),
    side: 'custodian',
    reference,
    amountMinor,
    currency,
    status: 'accepted',
    code: '',
    createdMs: Date.now(),
    facts: { chain, hash: `0x${wireId('h').slice(2)}` },
  };
}
