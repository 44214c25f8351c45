import { type Condition } from '../condition';
import { type Rule } from '../body';
import { type ClientAppropriatenessThen } from '../kinds/client-appropriateness';
import { type ShippedPolicy } from './shipped';

const law = 'MiFID II art. 25(3); 2017/565 art. 55; ESMA35-43-349 section 10';

function points(
  id: string,
  title: string,
  when: Condition,
  amount: number,
): Rule<ClientAppropriatenessThen> {
  const reason = id.toUpperCase().replaceAll(/[.-]/g, '_');
  return { id, title, when, then: { points: amount }, reason, source: law };
}

const choice = (code: string, value: string): Condition => ({
  ...{ fact: `answer.choice.${code}`, operator: 'equal', value },
});

/** The questions are the house's to change; a right answer to what is asked of knowledge counts, and practice counts. */
export const clientAppropriatenessPolicy: ShippedPolicy<'client.appropriateness'> = {
  base: {
    title: 'Test of appropriateness',
    parameters: {
      passFrom: 50,
      coolingHours: 24,
      isRequired: false,
      warning:
        'By your answers, trading leveraged products is not appropriate for you: you may not understand the risks, and most people who begin like this lose money quickly. You need not go on. If you do, please take time to think about it first.',
      questions: [
        {
          code: 'leverage_meaning',
          text: 'With a leverage of 1:30 you open a position of 30,000. The price moves 1 % against you. What do you lose of your margin of 1,000?',
          type: 'choice',
          choices: ['10', '100', '300', 'I do not know'],
          required: true,
        },
        {
          code: 'margin_close',
          text: 'What happens when your money falls below half of the margin that your positions need?',
          type: 'choice',
          choices: ['Positions are closed', 'Nothing', 'The broker lends me more', 'I do not know'],
          required: true,
        },
        {
          code: 'product_trades',
          text: 'How often did you trade CFDs, forex or other leveraged products in the last two years?',
          type: 'choice',
          choices: ['never', '1 to 20 times', 'more than 20 times'],
          required: true,
        },
        {
          code: 'finance_profession',
          text: 'Have you worked in finance, or studied it, in a way that had to do with leveraged products?',
          type: 'yes_no',
          required: true,
        },
      ],
    },
    rules: [
      points('knows.leverage', 'Knows what leverage does', choice('leverage_meaning', '300'), 30),
      points(
        'knows.margin-close-out',
        'Knows the closing by margin',
        choice('margin_close', 'Positions are closed'),
        20,
      ),
      points(
        'has.traded',
        'Has traded them now and then',
        choice('product_trades', '1 to 20 times'),
        20,
      ),
      points(
        'has.traded-much',
        'Has traded them often',
        choice('product_trades', 'more than 20 times'),
        40,
      ),
      points(
        'has.profession',
        'Knows them from work or study',
        { fact: 'answer.yes_no.finance_profession', operator: 'equal', value: true },
        30,
      ),
    ],
  },
};
