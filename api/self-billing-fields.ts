import { z } from 'zod';
import { vatTreatments, type SelfBilling } from '../domain/partners/self-billing';
import { civilDate, line, prose } from './schemas';

/** What a person fills in about self-billing, on the page as by the API. */
export const billingFields = {
  treatment: z.enum(vatTreatments).meta({
    description: '`charged` is refused: nothing is paid out on top of commission.',
  }),
  legalName: line(200),
  address: prose(400),
  taxNumber: line(40).optional(),
  exemption: line(200).optional().meta({
    description: 'The provision that exempts from VAT, as it has to stand on the invoice.',
  }),
  agreement: line(80).meta({
    description: 'Which wording of the self-billing agreement.',
    example: '2026-01',
  }),
  agreedOn: civilDate,
  endedOn: civilDate.nullable().optional(),
};

export const taxNumberField = line(40);

/** What was left out is empty. */
export function billingFrom({
  taxNumber = '',
  exemption = '',
  endedOn = null,
  ...given
}: z.output<z.ZodObject<typeof billingFields>>): SelfBilling {
  return { ...given, taxNumber, exemption, endedOn };
}
