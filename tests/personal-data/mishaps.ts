import { Client } from 'pg';
import { until } from '../../cli/demo/http';
import { rows } from '../../db/connection';
import {
  approved,
  inventPerson,
  register,
  submit,
  uploadPapers,
  type Applicant,
} from './applicants';
import { inState } from './colleagues';
import type { House } from './house';
import { askDeposit } from './money';

/** For tests only: what goes wrong outside, in words that quote what was sent there. */

/** The card provider names the payer. */
export async function cardRefused(house: House, who: Applicant): Promise<void> {
  const { token } = who;
  const words = house.markers.word(`${who.alias}: what the card provider says`);
  const message = `${words} owes us`;
  await house.stage.psp.fault('refuse', { operation: 'payment', match: '=3100', message });
  const id = await askDeposit(house, who, '31.00');
  await inState(house, '/api/v1/deposits/{id}', { token, id, state: 'failed' });
}

/** The mail server knows no such person, and says so by name. */
export async function writeToNobody(house: House): Promise<void> {
  const { api, markers, stage } = house;
  const { given, family, email } = inventPerson(house, 'dan');
  const message = `5.1.1 ${markers.word('dan: what the mail server says')} <${email}> has left`;
  await stage.mail.fault('refuse_recipient', { match: email, message });
  const name = `${given} ${family}`;
  await api.must('POST', '/api/v1/registrations', {
    body: { name, email, residence: 'CY', currency: 'EUR', acceptTerms: true },
  });
  await until('the letter to fail', async () => {
    const failed = await stage.system((tx) =>
      rows(tx, `select 1 from mail where state = 'failed'`),
    );
    return failed.length > 0 ? true : undefined;
  });
}

/** The trading server's replies to the next two requests for a log-in are lost. */
export async function unsteadyServer({ stage }: House): Promise<void> {
  await stage.mt5.fault('lose_reply_before_apply', { command: 'user/add' });
  await stage.mt5.fault('lose_reply_after_apply', { command: 'user/add' });
}

/** PostgreSQL refuses rows of these clients, and of whoever lives in Luxembourg, and quotes them. */
export async function breakDatabase({ stage }: House): Promise<void> {
  await asOwner(
    stage.database.ownerUrl,
    `create table refused_client (id text);
     grant select on refused_client to keelson_app;
     create function refuse_row() returns trigger language plpgsql as $$
     declare
       row_json jsonb := to_jsonb(new);
     begin
       if row_json ->> 'residence' = 'LU'
         or exists (select 1 from refused_client where id = row_json ->> 'client_id') then
         raise exception 'invalid row: %', row_json using errcode = 'invalid_text_representation',
           detail = format('%s of %s', row_json, current_query());
       end if;
       return new;
     end $$;
     create trigger broken before insert on client for each row execute function refuse_row();
     create trigger broken before insert on screening_result for each row execute function refuse_row();`,
  );
}

/** A registration fails at the API, and what is found out about another client at the worker until it is mended. */
export async function liveWithBrokenDatabase(house: House): Promise<Applicant> {
  const { api, markers, stage } = house;
  const { ownerUrl } = stage.database;
  const { given, family, email } = inventPerson(house, 'finn');
  const { status } = await api.send('POST', '/api/v1/registrations', {
    body: {
      name: `${given} ${family}`,
      email,
      residence: 'LU',
      phone: markers.phone('finn: phone'),
      currency: 'EUR',
      acceptTerms: true,
    },
  });
  if (status !== 500) throw new Error(`the broken table answered ${status}`);
  const eve = await register(house, inventPerson(house, 'eve'));
  await uploadPapers(house, eve, '2031-03-31');
  await asOwner(ownerUrl, 'insert into refused_client values ($1)', [eve.clientId]);
  const failures = () => house.readLog('worker').split('Activity failed').length;
  const before = failures();
  await submit(house, eve);
  await until('the worker to say so', () =>
    Promise.resolve(failures() > before ? true : undefined),
  );
  await asOwner(ownerUrl, 'delete from refused_client');
  await approved(house, eve);
  return eve;
}

async function asOwner(ownerUrl: string, statement: string, values?: string[]): Promise<void> {
  const client = new Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query(statement, values);
  } finally {
    await client.end();
  }
}
