import { listDeclaredSources, readDeclaredSource, readSourceReview } from '../declared-sources';
import { sourceStandings } from '../source-standings';
import { listAdverseMedia, readAdverseMedia } from '../adverse-media';
import { acceptancesOf, outstandingAgreements, waitingAgreements } from '../agreement-acceptance';
import { listAgreements, readAgreement } from '../agreements';
import { listAlerts, readAlert } from '../aml-alerts';
import { testsOfClient } from '../appropriateness';
import { attributionsOf, referredClients } from '../attributions';
import { evaluationsOf, readCaseFile } from '../case-file';
import { dealsOfAccount } from '../deal-readers';
import {
  placeInChain,
  readLedgerAccount,
  readTransaction,
  transactionsOfCause,
} from '../ledger-readers';
import { findOrphans } from '../orphans/find-orphans';
import { listPartners, partnerName, partnerNames, readPartner, referralLinks } from '../partners';
import { standingsOf } from '../partner-standing';
import { listPlanSets, readPlanSet } from '../plan-sets';
import { listProcesses } from '../process-lists';
import { listTasks, tasksOfClient, tasksOfSubjects } from '../task-lists';
import { timelineOfClient, timelineOfSubjects } from '../timeline';
import { balancesByCode } from '../today';
import { Problem } from '../../domain/problem';
import { timelineOfAccount } from '../account-timeline';
import { accountsOfIds, listAccounts, readListedAccount } from '../account-lists';
import { lastReading } from '../account-readings';
import { listAccountRequests, reasonsOfRequests } from '../account-request-lists';
import { readAccountRequest } from '../account-requests';
import { accountsOfClient, readAccount } from '../accounts';
import { addressOfOperation } from '../chain-addresses';
import { chargebacksOf, listChargebacks, owedByClient, readChargeback } from '../chargebacks';
import { listStatements } from '../bank-statements';
import { listCategoryRequests, readCategoryRequest } from '../client-category';
import { papersOf } from '../client-papers';
import { readLevel } from '../client-levels';
import { limitsOf, showLimits } from '../client-limits';
import { listClients, namesOfClients, readClient, searchClients } from '../clients';
import { bonusOfTransfer, listBonuses, readBonus, reasonOfBonus, stepsOfBonus } from '../bonuses';
import { companyOf } from '../companies';
import { rows, type Tx } from '../connection';
import { listDeposits, readDeposit } from '../deposits';
import { listExchanges, readExchange } from '../exchanges';
import { readFxQuote } from '../fx-quotes';
import { editsOfEntity, readEntityEdit } from '../entity-edits';
import { listEntityProposals, readEntityProposal } from '../entity-proposals';
import { listCorrections, readCorrection, reasonOfCorrection } from '../corrections';
import { printOf } from '../document-readings';
import { documentsOf, readDocument, readDocumentContent, readingsOf } from '../documents';
import { eventsOfClient, eventsOfSubject } from '../events';
import { listGaps } from '../feed-checks';
import { checksOf, pendingChecks, readCheck } from '../identity-checks';
import { intentsOfWorkflow, readIntent } from '../intent-readers';
import { inTurn } from '../in-turn';
import { latestCase, listCases, readCase } from '../kyc';
import { balancesOfClient, entriesOfAccount, listBalances } from '../ledger';
import { listPeriods } from '../ledger-periods';
import { readStatement } from '../ledger-statement';
import { mailsOfClient } from '../mails';
import { holderOf, partiesOf, readPersonalData } from '../parties';
import { attemptsOf, attemptsOfPart } from '../payment-attempts';
import { routesOf } from '../payment-routes';
import { bankAccountsOf, sourcesOfClient } from '../payment-sources';
import { listPayments } from '../payments';
import { listReceipts, payerOfReceipt, readReceipt, receiptOfDeposit } from '../receipts';
import { openProcesses, processesOfClient, processesOfSubject, readProcess } from '../processes';
import { calendarOfClient } from '../compliance-calendars';
import { readClientCalendar } from '../compliance-entries';
import { erasureRequestsOf } from '../erasure-requests';
import { listErasures, readErasure } from '../erasures';
import { listLegalHolds, readLegalHold, wordsOfHold } from '../legal-holds';
import { readRetention } from '../retention';
import { matchesOfRescreening } from '../rescreenings';
import { restrictionsOf, restrictionsOfAccount } from '../restrictions';
import { listSavedFilters } from '../saved-filters';
import { candidatesOf, latestScreening, readScreening, screeningsOf } from '../screening';
import { listAffected, listInFlight } from '../server-standing';
import { listServers } from '../servers';
import { listAdjustments, readAdjustment } from '../settlement/manual';
import { billingOf, taxNumberOf } from '../partner-billing';
import { listAccruals, totalAccruals } from '../settlement/accruals';
import { listDisputes, readDispute } from '../commission-disputes';
import { listHolds, partsOfHold, readHold } from '../settlement/holds';
import { listInvoices, readInvoice } from '../settlement/invoices';
import { listLines } from '../settlement/lines';
import { instrumentOfEvent, providerEventsOf, readProviderMessage } from '../provider-events';
import { readRefund, refundsOf } from '../refunds';
import { clientCounts, referralFunnel } from '../referral-funnel';
import { earningsOf, listPayouts, readPayout, settlementsOfPayouts } from '../settlement/payouts';
import { listSettlements, readSettlement } from '../settlement/settlements';
import { groundsOfSuspicion, listSuspicions, readSuspicion } from '../suspicions';
import { decisionsOf } from '../task-decisions';
import { readTask } from '../tasks';

import { payoutAddressesOf } from '../token-addresses';
import { readVisibleTask } from '../task-inbox';
import { listTracing } from '../tracing';
import { listTransfers, readTransfer } from '../transfers';
import { namesOfUsers } from '../user-names';
import { listUsers, readUser, readUserName, userOfClient } from '../users';
import { editsOf } from '../withdrawal-edits';
import { evidenceOf, readPaper } from '../withdrawal-evidence';
import { travelRuleOf } from '../travel-rule';
import { legsOf } from '../withdrawal-legs';
import { listWithdrawals, readWithdrawal } from '../withdrawals';

/** A store's reader, as it is tried: a list must hold nothing foreign, a foreign id must yield nothing. */
export type StoreReader =
  | { readonly name: string; readonly list: (tx: Tx) => Promise<unknown> }
  | {
      readonly name: string;
      /** Table whose foreign rows are asked for, and the column whose value is the key. */
      readonly table: string;
      readonly key?: string;
      readonly one: (tx: Tx, key: string) => Promise<unknown>;
    };

const limit = 200;

/** Partners and clients are refused the report as a whole. */
async function accrualsOfToday(tx: Tx): Promise<unknown> {
  const asOf = new Date().toISOString().slice(0, 10);
  const { kind } = tx.scope;
  if (kind !== 'staff' && kind !== 'system') return [];
  return [await listAccruals(tx, { asOf, limit }), await totalAccruals(tx, { asOf })].flat();
}

async function ofServers<T>(
  tx: Tx,
  list: (tx: Tx, of: { serverId: string; limit: number }) => Promise<readonly T[]>,
): Promise<T[]> {
  const lists = await inTurn(await listServers(tx), ({ id }) => list(tx, { serverId: id, limit }));
  return lists.flat();
}

/** Every reader through which a page, a route or an export can show a person something. */
export const storeReaders: readonly StoreReader[] = [
  { name: 'listClients', list: (tx) => listClients(tx, { limit }) },
  { name: 'readClient', table: 'client', one: readClient },
  { name: 'partiesOf', table: 'client', one: partiesOf },
  { name: 'companyOf', table: 'client', one: companyOf },
  { name: 'readLevel', table: 'client', one: readLevel },
  { name: 'limitsOf', table: 'client', one: limitsOf },
  { name: 'showLimits', table: 'client', one: showLimits },
  { name: 'holderOf', table: 'client', one: holderOf },
  { name: 'readPersonalData', table: 'party', one: readPersonalData },
  { name: 'latestScreening', table: 'party', one: latestScreening },
  { name: 'readScreening', table: 'screening_result', one: readScreening },
  { name: 'screeningsOf', table: 'kyc_case', one: screeningsOf },
  {
    name: 'matchesOfRescreening',
    table: 'rescreening_match',
    key: 'rescreening_id',
    one: (tx, id) => matchesOfRescreening(tx, id, { limit }),
  },
  { name: 'calendarOfClient', table: 'client', one: calendarOfClient },
  {
    name: 'readClientCalendar',
    table: 'client',
    one: (tx, id) => readClientCalendar(tx, id, new Date().toISOString()),
  },
  { name: 'listCases', list: (tx) => listCases(tx, { limit }) },
  { name: 'readCase', table: 'kyc_case', one: readCase },
  { name: 'latestCase', table: 'client', one: latestCase },
  { name: 'documentsOf', table: 'kyc_case', one: documentsOf },
  { name: 'checksOf', table: 'kyc_case', one: checksOf },
  { name: 'pendingChecks', table: 'kyc_case', one: pendingChecks },
  { name: 'readCheck', table: 'identity_check', one: readCheck },
  {
    name: 'printOf',
    table: 'document',
    one: async (tx, id) => printOf(tx, await readDocument(tx, id)),
  },
  { name: 'readDocument', table: 'document', one: readDocument },
  { name: 'restrictionsOf', table: 'client', one: restrictionsOf },
  { name: 'listAlerts', list: (tx) => listAlerts(tx, { limit }) },
  { name: 'readAlert', table: 'aml_alert', one: readAlert },
  { name: 'listSuspicions', list: (tx) => listSuspicions(tx, { limit }) },
  { name: 'readSuspicion', table: 'suspicion', one: readSuspicion },
  { name: 'groundsOfSuspicion', table: 'suspicion', one: groundsOfSuspicion },
  { name: 'listAccounts', list: (tx) => listAccounts(tx, { limit }) },
  { name: 'readAccount', table: 'trading_account', one: readAccount },
  { name: 'readListedAccount', table: 'trading_account', one: readListedAccount },
  {
    name: 'accountsOfIds',
    table: 'trading_account',
    one: (tx, id) => accountsOfIds(tx, [id]),
  },
  { name: 'lastReading', table: 'trading_account', one: lastReading },
  {
    name: 'timelineOfAccount',
    table: 'trading_account',
    one: async (tx, id) => timelineOfAccount(tx, await readAccount(tx, id)),
  },
  {
    name: 'restrictionsOfAccount',
    table: 'trading_account',
    one: async (tx, id) => restrictionsOfAccount(tx, await readAccount(tx, id)),
  },
  {
    name: 'reasonsOfRequests',
    table: 'account_request',
    one: async (tx, id) => reasonsOfRequests(tx, [await readAccountRequest(tx, id)]),
  },
  { name: 'accountsOfClient', table: 'client', one: accountsOfClient },
  { name: 'readAccountRequest', table: 'account_request', one: readAccountRequest },
  {
    name: 'listTracing',
    table: 'trading_account',
    one: (tx, accountId) => listTracing(tx, { accountId, limit }),
  },
  { name: 'listAccountRequests', list: (tx) => listAccountRequests(tx, { limit }) },
  { name: 'listPayments', list: (tx) => listPayments(tx, { limit }) },
  { name: 'listDeposits', list: (tx) => listDeposits(tx, { limit }) },
  { name: 'readDeposit', table: 'deposit', one: readDeposit },
  { name: 'listReceipts', list: (tx) => listReceipts(tx, { limit }) },
  { name: 'readReceipt', table: 'receipt', one: readReceipt },
  { name: 'payerOfReceipt', table: 'receipt', one: payerOfReceipt },
  { name: 'receiptOfDeposit', table: 'receipt', key: 'deposit_id', one: receiptOfDeposit },
  { name: 'listStatements', list: (tx) => listStatements(tx, { limit }) },
  { name: 'attemptsOf', table: 'payment_attempt', key: 'payment_id', one: attemptsOf },
  {
    name: 'attemptsOfPart',
    table: 'payment_attempt',
    key: 'payment_id',
    one: (tx, paymentId) => attemptsOfPart(tx, { paymentId, leg: 0 }),
  },
  {
    name: 'addressOfOperation',
    table: 'chain_address',
    key: 'operation_id',
    one: addressOfOperation,
  },
  {
    name: 'travelRuleOf',
    table: 'travel_rule_transfer',
    key: 'payment_id',
    one: travelRuleOf,
  },
  { name: 'routesOf', table: 'payment_attempt', key: 'payment_id', one: routesOf },
  { name: 'readRefund', table: 'deposit_refund', one: readRefund },
  { name: 'refundsOf', table: 'deposit', one: refundsOf },
  { name: 'listChargebacks', list: (tx) => listChargebacks(tx, { limit }) },
  { name: 'readChargeback', table: 'chargeback', one: readChargeback },
  { name: 'chargebacksOf', table: 'deposit', one: chargebacksOf },
  { name: 'owedByClient', table: 'client', one: owedByClient },
  { name: 'listWithdrawals', list: (tx) => listWithdrawals(tx, { limit }) },
  { name: 'readWithdrawal', table: 'withdrawal', one: readWithdrawal },
  { name: 'legsOf', table: 'withdrawal', one: legsOf },
  {
    name: 'evidenceOf',
    table: 'withdrawal',
    one: async (tx, id) => evidenceOf(tx, await readWithdrawal(tx, id)),
  },
  { name: 'editsOf', table: 'withdrawal', one: editsOf },
  {
    name: 'readPaper',
    table: 'withdrawal_evidence',
    key: 'withdrawal_id',
    one: async (tx, id) => {
      const [said] = await evidenceOf(tx, await readWithdrawal(tx, id));
      return said && readPaper(tx, id, said.sourceId);
    },
  },
  { name: 'listTransfers', list: (tx) => listTransfers(tx, { limit }) },
  { name: 'readTransfer', table: 'transfer', one: readTransfer },
  { name: 'listBonuses', list: (tx) => listBonuses(tx, { limit }) },
  { name: 'readBonus', table: 'bonus', one: readBonus },
  { name: 'reasonOfBonus', table: 'bonus', one: reasonOfBonus },
  { name: 'stepsOfBonus', table: 'bonus', one: stepsOfBonus },
  { name: 'bonusOfTransfer', table: 'bonus', key: 'transfer_id', one: bonusOfTransfer },
  { name: 'listCorrections', list: (tx) => listCorrections(tx, { limit }) },
  { name: 'listErasures', list: (tx) => listErasures(tx, { limit }) },
  { name: 'readErasure', table: 'erasure', one: readErasure },
  { name: 'erasureRequestsOf', table: 'client', one: erasureRequestsOf },
  {
    name: 'readRetention',
    table: 'client',
    one: (tx, id) => readRetention(tx, id, new Date().toISOString().slice(0, 10)),
  },
  { name: 'listLegalHolds', list: (tx) => listLegalHolds(tx, { limit }) },
  { name: 'readLegalHold', table: 'legal_hold', one: readLegalHold },
  { name: 'wordsOfHold', table: 'legal_hold', one: wordsOfHold },
  { name: 'readCorrection', table: 'correction', one: readCorrection },
  { name: 'reasonOfCorrection', table: 'correction', one: reasonOfCorrection },
  { name: 'readFxQuote', table: 'fx_quote', one: readFxQuote },
  { name: 'listExchanges', list: (tx) => listExchanges(tx, { limit }) },
  { name: 'readExchange', table: 'exchange', one: readExchange },
  { name: 'sourcesOfClient', table: 'client', one: sourcesOfClient },
  { name: 'bankAccountsOf', table: 'client', one: bankAccountsOf },
  { name: 'payoutAddressesOf', table: 'client', one: payoutAddressesOf },
  { name: 'balancesOfClient', table: 'client', one: balancesOfClient },
  { name: 'listBalances', list: (tx) => listBalances(tx, { limit }) },
  { name: 'listPeriods', list: (tx) => listPeriods(tx, { limit }) },
  {
    name: 'entriesOfAccount',
    table: 'ledger_account',
    one: (tx, id) => entriesOfAccount(tx, id, { limit }),
  },
  {
    name: 'readStatement',
    table: 'ledger_account',
    one: (tx, id) =>
      readStatement(tx, id, { from: '2000-01-01T00:00:00Z', to: '2200-01-01T00:00:00Z' }),
  },
  { name: 'readIntent', table: 'intent', one: readIntent },
  { name: 'listInFlight', list: (tx) => ofServers(tx, listInFlight) },
  { name: 'listAffected', list: (tx) => ofServers(tx, listAffected) },
  {
    name: 'providerEventsOf',
    table: 'provider_event',
    key: 'operation_id',
    one: providerEventsOf,
  },
  { name: 'instrumentOfEvent', table: 'provider_event', one: instrumentOfEvent },
  { name: 'readProviderMessage', table: 'provider_event', one: readProviderMessage },
  { name: 'listTasks', list: (tx) => listTasks(tx, { view: 'all', limit }) },
  { name: 'readTask', table: 'task', one: readTask },
  { name: 'readVisibleTask', table: 'task', one: readVisibleTask },
  { name: 'decisionsOf', table: 'task', one: decisionsOf },
  { name: 'openProcesses', list: (tx) => openProcesses(tx, { limit }) },
  { name: 'readProcess', table: 'process', key: 'workflow_id', one: readProcess },
  { name: 'processesOfSubject', table: 'process', key: 'subject', one: processesOfSubject },
  { name: 'processesOfClient', table: 'client', one: processesOfClient },
  { name: 'eventsOfSubject', table: 'event', key: 'subject', one: eventsOfSubject },
  { name: 'eventsOfClient', table: 'client', one: eventsOfClient },
  { name: 'mailsOfClient', table: 'client', one: mailsOfClient },
  { name: 'readPartner', table: 'partner', one: readPartner },
  { name: 'partnerName', table: 'partner', one: partnerName },
  {
    name: 'partnerNames',
    table: 'partner',
    one: async (tx, id) => [...(await partnerNames(tx, [id])).values()],
  },
  { name: 'standingsOf', table: 'partner', one: standingsOf },
  { name: 'listPartners', list: (tx) => listPartners(tx, { limit }) },
  { name: 'referralLinks', table: 'partner', one: referralLinks },
  { name: 'referralFunnel', table: 'partner', one: referralFunnel },
  {
    name: 'clientCounts',
    list: async (tx) => [...(await clientCounts(tx)).keys()].map((partnerId) => ({ partnerId })),
  },
  { name: 'attributionsOf', table: 'client', one: attributionsOf },
  { name: 'referredClients', list: (tx) => referredClients(tx, { limit }) },
  { name: 'readPlanSet', table: 'plan_set', one: readPlanSet },
  { name: 'listPlanSets', list: (tx) => listPlanSets(tx, { limit }) },
  {
    name: 'timelineOfClient',
    table: 'client',
    one: (tx, id) => timelineOfClient(tx, id, { limit }),
  },
  {
    name: 'timelineOfSubjects',
    table: 'event',
    key: 'subject',
    one: (tx, subject) => timelineOfSubjects(tx, [subject]),
  },
  { name: 'tasksOfClient', table: 'client', one: tasksOfClient },
  {
    name: 'tasksOfSubjects',
    table: 'task',
    key: 'subject',
    one: (tx, subject) => tasksOfSubjects(tx, [subject]),
  },
  { name: 'readCaseFile', table: 'kyc_case', one: readCaseFile },
  {
    name: 'evaluationsOf',
    table: 'evaluation',
    key: 'subject',
    one: (tx, subject) => evaluationsOf(tx, [subject]),
  },
  {
    name: 'dealsOfAccount',
    table: 'trading_account',
    one: (tx, id) => dealsOfAccount(tx, id, limit),
  },
  { name: 'listGaps', list: (tx) => ofServers(tx, listGaps) },
  { name: 'readTransaction', table: 'ledger_transaction', one: readTransaction },
  { name: 'placeInChain', table: 'ledger_transaction', one: placeInChain },
  {
    name: 'settlementsOfPayouts',
    table: 'settlement_payout',
    one: (tx, id) => settlementsOfPayouts(tx, [id]),
  },
  {
    name: 'transactionsOfCause',
    table: 'ledger_transaction',
    key: 'cause',
    one: transactionsOfCause,
  },
  { name: 'readLedgerAccount', table: 'ledger_account', one: readLedgerAccount },
  { name: 'listProcesses', list: (tx) => listProcesses(tx, { view: 'open', limit }) },
  { name: 'findOrphans', list: (tx) => findOrphans(tx) },
  { name: 'balancesByCode', list: (tx) => balancesByCode(tx) },
  { name: 'searchClients', table: 'client', one: searchClients },
  { name: 'namesOfClients', table: 'client', one: (tx, id) => namesOfClients(tx, [id]) },
  { name: 'readDocumentContent', table: 'document', one: readDocumentContent },
  { name: 'readingsOf', table: 'document', one: readingsOf },
  { name: 'candidatesOf', table: 'screening_result', one: candidatesOf },
  { name: 'intentsOfWorkflow', table: 'intent', key: 'workflow_id', one: intentsOfWorkflow },
  { name: 'listSettlements', list: (tx) => listSettlements(tx, { limit }) },
  { name: 'readSettlement', table: 'settlement', one: readSettlement },
  {
    name: 'listLines',
    table: 'settlement_line',
    key: 'settlement_id',
    one: (tx, settlementId) => listLines(tx, { settlementId, limit }),
  },
  { name: 'listPayouts', list: (tx) => listPayouts(tx, { limit }) },
  { name: 'readPayout', table: 'settlement_payout', one: readPayout },
  { name: 'earningsOf', table: 'partner', one: earningsOf },
  { name: 'billingOf', table: 'partner_billing', key: 'partner_id', one: billingOf },
  { name: 'taxNumberOf', table: 'entity_tax', key: 'entity_id', one: taxNumberOf },
  { name: 'listAccruals', list: (tx) => accrualsOfToday(tx) },
  { name: 'listInvoices', list: (tx) => listInvoices(tx, { limit }) },
  { name: 'readAdjustment', table: 'partner_adjustment', one: readAdjustment },
  {
    name: 'listAdjustments',
    table: 'partner_adjustment',
    list: (tx) => listAdjustments(tx, { limit }),
  },
  { name: 'readInvoice', table: 'partner_invoice', one: readInvoice },
  { name: 'listDisputes', list: (tx) => listDisputes(tx, { limit }) },
  { name: 'readDispute', table: 'commission_dispute', one: readDispute },
  { name: 'listHolds', list: (tx) => listHolds(tx, { limit }) },
  { name: 'readHold', table: 'settlement_hold', one: readHold },
  { name: 'partsOfHold', table: 'settlement_hold_part', key: 'hold_id', one: partsOfHold },
  { name: 'userOfClient', table: 'client', one: userOfClient },
  { name: 'readUserName', table: 'user_account', one: readUserName },
  { name: 'namesOfUsers', table: 'user_account', one: (tx, id) => namesOfUsers(tx, [id]) },
  { name: 'listUsers', list: (tx) => listUsers(tx, { limit }) },
  { name: 'readUser', table: 'user_account', one: readUser },
  { name: 'listAgreements', list: (tx) => listAgreements(tx, { limit }) },
  { name: 'readAgreement', table: 'agreement_version', one: readAgreement },
  {
    name: 'acceptancesOf',
    table: 'agreement_acceptance',
    key: 'client_id',
    one: (tx, clientId) => acceptancesOf(tx, clientId, { limit }),
  },
  {
    name: 'outstandingAgreements',
    table: 'agreement_acceptance',
    key: 'client_id',
    one: outstandingAgreements,
  },
  {
    name: 'waitingAgreements',
    table: 'agreement_acceptance',
    key: 'client_id',
    one: waitingAgreements,
  },
  {
    name: 'testsOfClient',
    table: 'appropriateness_test',
    key: 'client_id',
    one: (tx, clientId) => testsOfClient(tx, clientId, { limit }),
  },
  { name: 'readCategoryRequest', table: 'category_request', one: readCategoryRequest },
  { name: 'listCategoryRequests', list: (tx) => listCategoryRequests(tx, { limit }) },
  { name: 'papersOf', table: 'client_paper', key: 'subject', one: papersOf },
  {
    name: 'listAdverseMedia',
    table: 'adverse_media',
    key: 'case_id',
    one: (tx, caseId) => listAdverseMedia(tx, caseId, { limit }),
  },
  { name: 'readAdverseMedia', table: 'adverse_media', one: readAdverseMedia },
  {
    name: 'listDeclaredSources',
    table: 'declared_source',
    key: 'case_id',
    one: (tx, caseId) => listDeclaredSources(tx, caseId, { limit }),
  },
  { name: 'readDeclaredSource', table: 'declared_source', one: readDeclaredSource },
  { name: 'sourceStandings', table: 'declared_source', key: 'case_id', one: sourceStandings },
  { name: 'readSourceReview', table: 'source_review', key: 'source_id', one: readSourceReview },
  { name: 'listEntityProposals', list: (tx) => listEntityProposals(tx, { limit }) },
  { name: 'readEntityProposal', table: 'entity_proposal', one: readEntityProposal },
  { name: 'readEntityEdit', table: 'entity_proposal', one: readEntityEdit },
  { name: 'editsOfEntity', table: 'entity_proposal', key: 'entity_id', one: editsOfEntity },
  { name: 'listSavedFilters', list: (tx) => listSavedFilters(tx, 'payments') },
];

/** What a reader answered: its value, that it refused, or that it broke and so has shown nothing either way. */
export type Answer =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'refused' }
  | { readonly kind: 'failed'; readonly error: string };

/** Calls a reader so that an error of one leaves the transaction usable for the next. */
export async function ask(tx: Tx, call: (tx: Tx) => Promise<unknown>): Promise<Answer> {
  await rows(tx, 'savepoint reader');
  try {
    const value = await call(tx);
    await rows(tx, 'release savepoint reader');
    return { kind: 'value', value };
  } catch (error) {
    await rows(tx, 'rollback to savepoint reader');
    if (error instanceof Problem) return { kind: 'refused' };
    return { kind: 'failed', error: error instanceof Error ? error.name : typeof error };
  }
}

export function isNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (value instanceof Map) return value.size === 0;
  return Array.isArray(value) && value.length === 0;
}
