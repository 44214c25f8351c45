import knex from 'knex';
import { sql as access } from './migrations/001_access';
import { sql as event } from './migrations/002_event';
import { sql as dispatch } from './migrations/003_dispatch';
import { sql as intent } from './migrations/004_intent';
import { sql as ledger } from './migrations/005_ledger';
import { sql as policyTask } from './migrations/006_policy_task';
import { sql as client } from './migrations/007_client';
import { sql as trading } from './migrations/008_trading';
import { sql as payment } from './migrations/009_payment';
import { sql as settlement } from './migrations/010_settlement';
import { sql as lookups } from './migrations/011_lookups';
import { sql as checkpoint } from './migrations/012_checkpoint';
import { sql as kyc } from './migrations/013_kyc';
import { sql as settlementRuns } from './migrations/014_settlement_runs';
import { sql as outflowScope } from './migrations/015_outflow_scope';
import { sql as decisionScope } from './migrations/016_decision_scope';
import { sql as sealedWords } from './migrations/017_sealed_words';
import { sql as feed } from './migrations/018_feed';
import { sql as postLedgerSet } from './migrations/019_post_ledger_set';
import { sql as accountLife } from './migrations/020_account_life';
import { sql as paymentMends } from './migrations/021_payment_mends';
import { sql as accountWrites } from './migrations/022_account_writes';
import { sql as accountEnds } from './migrations/023_account_ends';
import { sql as accountRequests } from './migrations/024_account_requests';
import { sql as platforms } from './migrations/025_platforms';
import { sql as policySimulation } from './migrations/026_policy_simulation';
import { sql as backfillReason } from './migrations/030_backfill_reason';
import { sql as policyNote } from './migrations/031_policy_note';
import { sql as linkName } from './migrations/032_link_name';
import { sql as serverDeclaration } from './migrations/033_server_declaration';
import { sql as accountMoves } from './migrations/034_account_moves';
import { sql as leverage } from './migrations/035_leverage';
import { sql as tracing } from './migrations/036_tracing';
import { sql as ledgerBooks } from './migrations/037_ledger_books';
import { sql as postLedger } from './migrations/038_post_ledger';
import { sql as ledgerChain } from './migrations/039_ledger_chain';
import { sql as providerStop } from './migrations/040_provider_stop';
import { sql as paymentAttempt } from './migrations/041_payment_attempt';
import { sql as appendEventsSet } from './migrations/042_append_events_set';
import { sql as serverGroups } from './migrations/043_server_groups';
import { sql as feedGapTask } from './migrations/044_feed_gap_task';
import { sql as refundChargeback } from './migrations/046_refund_chargeback';
import { sql as exchange } from './migrations/048_exchange';
import { sql as withdrawalEvidence } from './migrations/050_withdrawal_evidence';
import { sql as receipt } from './migrations/047_receipt';
import { sql as verificationClock } from './migrations/047_verification_clock';
import { sql as savedFilter } from './migrations/051_saved_filter';
import { sql as chainAddress } from './migrations/049_chain_address';
import { sql as complianceCalendar } from './migrations/085_compliance_calendar';
import { sql as corrections } from './migrations/052_corrections';
import { sql as paymentInstruments } from './migrations/057_payment_instruments';
import { sql as writeOff } from './migrations/058_write_off';
import { sql as sanctionLists } from './migrations/059_sanction_lists';
import { sql as rescreening } from './migrations/060_rescreening';
import { sql as bonus } from './migrations/053_bonus';
import { sql as commissionEngine } from './migrations/061_commission_engine';
import { sql as cheaperAppends } from './migrations/063_cheaper_appends';
import { sql as postLedgerPlans } from './migrations/070_post_ledger_plans';
import { sql as bonusGone } from './migrations/062_bonus_gone';
import { sql as settlementBasis } from './migrations/071_settlement_basis';
import { sql as restrictionChecklist } from './migrations/086_restriction_checklist';
import { sql as clientAdjustments } from './migrations/072_client_adjustments';
import { sql as moneyLaundering } from './migrations/073_money_laundering';
import { sql as merkleRoot } from './migrations/076_merkle_root';
import { sql as taskQueue } from './migrations/079_task_queue';
import { sql as monthSoFar } from './migrations/088_month_so_far';
import { sql as paperErased } from './migrations/108_paper_erased';
import { sql as partnerStanding } from './migrations/115_partner_standing';
import { sql as settlementSchedule } from './migrations/114_settlement_schedule';
import { sql as partnerInvoice } from './migrations/117_partner_invoice';
import { sql as clientCameBy } from './migrations/123_client_came_by';
import { sql as partnerAdjustment } from './migrations/124_partner_adjustment';
import { sql as partnerPeople } from './migrations/125_partner_people';
import { sql as lastSeen } from './migrations/118_last_seen';
import { sql as commissionDispute } from './migrations/121_commission_dispute';
import { sql as partnerPlace } from './migrations/107_partner_place';
import { sql as appendsInOneOrder } from './migrations/090_appends_in_one_order';
import { sql as eventPlaces } from './migrations/091_event_places';
import { sql as taskCounts } from './migrations/092_task_counts';
import { sql as clientLevel } from './migrations/093_client_level';
import { sql as entityEdit } from './migrations/094_entity_edit';
import { sql as clickTime } from './migrations/104_click_time';
import { sql as settlementHold } from './migrations/105_settlement_hold';
import { sql as creditRecorded } from './migrations/089_credit_recorded';
import { sql as widerSimulation } from './migrations/077_wider_simulation';
import { sql as tokenPayout } from './migrations/054_token_payout';
import { sql as taskClock } from './migrations/064_task_clock';
import { sql as taskPeople } from './migrations/065_task_people';
import { sql as depositRails } from './migrations/045_deposit_rails';
import { sql as entitySetup } from './migrations/066_entity_setup';
import { sql as company } from './migrations/083_company';
import { sql as documentReading } from './migrations/082_document_reading';
import { sql as identityCheck } from './migrations/081_identity_check';
import { sql as agreements } from './migrations/096_agreements';
import { sql as clientCategory } from './migrations/097_client_category';
import { sql as retention } from './migrations/100_retention';
import { sql as outsideMatcher } from './migrations/101_outside_matcher';
import { sql as declaredSource } from './migrations/109_declared_source';
import { sql as adverseMedia } from './migrations/098_adverse_media';

/** Forward only, in this order; a landed migration never changes. */
const migrations: readonly (readonly [name: string, sql: string])[] = [
  ['001_access', access],
  ['002_event', event],
  ['003_dispatch', dispatch],
  ['004_intent', intent],
  ['005_ledger', ledger],
  ['006_policy_task', policyTask],
  ['007_client', client],
  ['008_trading', trading],
  ['009_payment', payment],
  ['010_settlement', settlement],
  ['011_lookups', lookups],
  ['012_checkpoint', checkpoint],
  ['013_kyc', kyc],
  ['014_settlement_runs', settlementRuns],
  ['015_outflow_scope', outflowScope],
  ['016_decision_scope', decisionScope],
  ['017_sealed_words', sealedWords],
  ['018_feed', feed],
  ['019_post_ledger_set', postLedgerSet],
  ['020_account_life', accountLife],
  ['021_payment_mends', paymentMends],
  ['022_account_writes', accountWrites],
  ['023_account_ends', accountEnds],
  ['024_account_requests', accountRequests],
  ['025_platforms', platforms],
  ['026_policy_simulation', policySimulation],
  ['030_backfill_reason', backfillReason],
  ['031_policy_note', policyNote],
  ['032_link_name', linkName],
  ['033_server_declaration', serverDeclaration],
  ['034_account_moves', accountMoves],
  ['035_leverage', leverage],
  ['036_tracing', tracing],
  ['037_ledger_books', ledgerBooks],
  ['038_post_ledger', postLedger],
  ['039_ledger_chain', ledgerChain],
  ['040_provider_stop', providerStop],
  ['041_payment_attempt', paymentAttempt],
  ['042_append_events_set', appendEventsSet],
  ['043_server_groups', serverGroups],
  ['044_feed_gap_task', feedGapTask],
  ['046_refund_chargeback', refundChargeback],
  ['048_exchange', exchange],
  ['050_withdrawal_evidence', withdrawalEvidence],
  ['047_receipt', receipt],
  ['047_verification_clock', verificationClock],
  ['051_saved_filter', savedFilter],
  ['049_chain_address', chainAddress],
  ['052_corrections', corrections],
  ['045_deposit_rails', depositRails],
  ['057_payment_instruments', paymentInstruments],
  ['058_write_off', writeOff],
  ['053_bonus', bonus],
  ['061_commission_engine', commissionEngine],
  ['062_bonus_gone', bonusGone],
  ['054_token_payout', tokenPayout],
  ['063_cheaper_appends', cheaperAppends],
  ['070_post_ledger_plans', postLedgerPlans],
  ['059_sanction_lists', sanctionLists],
  ['060_rescreening', rescreening],
  ['066_entity_setup', entitySetup],
  ['064_task_clock', taskClock],
  ['065_task_people', taskPeople],
  ['071_settlement_basis', settlementBasis],
  ['072_client_adjustments', clientAdjustments],
  ['085_compliance_calendar', complianceCalendar],
  ['086_restriction_checklist', restrictionChecklist],
  ['073_money_laundering', moneyLaundering],
  ['076_merkle_root', merkleRoot],
  ['081_identity_check', identityCheck],
  ['082_document_reading', documentReading],
  ['079_task_queue', taskQueue],
  ['088_month_so_far', monthSoFar],
  ['089_credit_recorded', creditRecorded],
  ['077_wider_simulation', widerSimulation],
  ['083_company', company],
  ['090_appends_in_one_order', appendsInOneOrder],
  ['096_agreements', agreements],
  ['097_client_category', clientCategory],
  ['100_retention', retention],
  ['101_outside_matcher', outsideMatcher],
  ['091_event_places', eventPlaces],
  ['092_task_counts', taskCounts],
  ['107_partner_place', partnerPlace],
  ['098_adverse_media', adverseMedia],
  ['093_client_level', clientLevel],
  ['094_entity_edit', entityEdit],
  ['104_click_time', clickTime],
  ['105_settlement_hold', settlementHold],
  ['108_paper_erased', paperErased],
  ['109_declared_source', declaredSource],
  ['114_settlement_schedule', settlementSchedule],
  ['115_partner_standing', partnerStanding],
  ['117_partner_invoice', partnerInvoice],
  ['123_client_came_by', clientCameBy],
  ['124_partner_adjustment', partnerAdjustment],
  ['125_partner_people', partnerPeople],
  ['118_last_seen', lastSeen],
  ['121_commission_dispute', commissionDispute],
];

/**
 * Brings the schema up to date as the database's owner; answers the names of what it applied.
 * Several processes may call it at once: the migration table's lock lets one through.
 */
export async function migrate(ownerUrl: string): Promise<{ applied: string[] }> {
  const db = knex({ client: 'pg', connection: ownerUrl, pool: { min: 0, max: 2 } });
  try {
    const [, applied]: [number, string[]] = await db.migrate.latest({
      migrationSource: {
        getMigrations: () => Promise.resolve([...migrations]),
        getMigrationName: ([name]: readonly [string, string]) => name,
        getMigration: ([, sql]: readonly [string, string]) =>
          Promise.resolve({
            up: async (trx: knex.Knex) => {
              await trx.raw(sql.replaceAll('?', '\\?'));
            },
            down: () => Promise.reject(new Error('migrations go forward only')),
          }),
      },
    });
    return { applied };
  } finally {
    await db.destroy();
  }
}
