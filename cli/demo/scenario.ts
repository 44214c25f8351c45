import { moveMoney, tradeLastMonth, withdraw } from './money-chapter';
import { onboard } from './onboarding-chapter';
import { leaveWork } from './open-work-chapter';
import { payAcrossRails } from './rails-chapter';
import { recruit, settle } from './partner-chapter';
import { usePlatforms } from './platform-chapter';
import type { Report } from './report';
import { gatherStaff } from './staff';
import type { World } from './world';

/** Ids that pictures are made of. */
export interface Subjects {
  readonly clientId: string;
  readonly caseId: string;
  readonly settlementId: string;
  readonly partnerEmail: string;
}

/** The whole brokerage, driven through the public HTTP API and real mail. */
export async function runScenario(world: World, report: Report): Promise<Subjects> {
  report.chapter('Colleagues');
  const staff = await gatherStaff(world, report);
  const network = await recruit(world, staff, report);
  const { anna, dora, carlCase } = await onboard(world, staff, report, network.codes);
  await moveMoney(world, report, { anna, dora });
  await payAcrossRails(world, staff, report);
  await usePlatforms(world, staff, report, dora);
  const period = await tradeLastMonth(world, staff, report, [anna, dora]);
  await withdraw(world, staff, report, anna);
  const settlementId = await settle(world, staff, report, {
    network,
    period,
    clients: { anna, dora },
  });
  await leaveWork(world, report, dora);
  return {
    clientId: anna.clientId,
    caseId: carlCase,
    settlementId,
    partnerEmail: network.subPartnerEmail,
  };
}
