import { startStage } from '../../../simulators/psp/stage';
import { describeProvider } from '../testing/kit';
import { connectTo } from '../testing/settings';

describeProvider({
  name: 'fawry',
  operations: ['payment'],
  start: startStage,
  connect: connectTo('fawry'),
  payment: { amountMinor: 150_050n, currency: 'EGP', payer: { phone: '+201012345678' } },
  tells: ['payment'],
  chargebacks: false,
});
