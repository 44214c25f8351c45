import { z } from 'zod';

export const currency = 'EGP';

export const chargeSchema = z.object({
  referenceNumber: z.coerce.string().min(1),
  merchantRefNumber: z.coerce.string().min(1),
  expirationTime: z.coerce.number().int().positive().optional(),
});

/** FawryPay writes this field's name in two ways. */
export const statusSchema = z
  .object({
    fawryRefNumber: z.coerce.string().optional(),
    referenceNumber: z.coerce.string().optional(),
    merchantRefNumber: z.coerce.string().min(1),
    paymentAmount: z.number().nonnegative(),
    expirationTime: z.coerce.number().int().optional(),
    orderStatus: z.string().optional(),
    paymentStatus: z.string().optional(),
  })
  .transform(({ fawryRefNumber, referenceNumber, orderStatus, paymentStatus, ...row }) => ({
    ...row,
    reference: fawryRefNumber ?? referenceNumber ?? '',
    status: orderStatus ?? paymentStatus ?? '',
  }));

/** Server notification V2. `paymentRefrenceNumber` is spelt so. */
export const noticeSchema = z.object({
  requestId: z.string().min(1),
  fawryRefNumber: z.coerce.string().min(1),
  merchantRefNumber: z.coerce.string().min(1),
  customerMobile: z.coerce.string().optional(),
  paymentAmount: z.number(),
  orderAmount: z.number(),
  orderStatus: z.string(),
  paymentMethod: z.string(),
  paymentRefrenceNumber: z.coerce.string().optional(),
  paymentTime: z.coerce.number().optional(),
  messageSignature: z.string().optional(),
});
export type Notice = z.output<typeof noticeSchema>;
