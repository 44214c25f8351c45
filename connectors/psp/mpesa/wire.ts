import { z } from 'zod';

export const pushSchema = z.object({
  CheckoutRequestID: z.string().min(1),
  ResponseCode: z.literal('0'),
});

export const acceptedSchema = z.object({
  ConversationID: z.string().min(1),
  OriginatorConversationID: z.string().min(1),
  ResponseCode: z.literal('0'),
});

export const errorSchema = z.object({ errorCode: z.string().min(1), errorMessage: z.string() });

const code = z.union([z.number().int(), z.string().regex(/^\d+$/)]).transform(String);

export const pushQuerySchema = z.object({
  CheckoutRequestID: z.string().min(1),
  ResultCode: code,
});

const value = z.union([z.string(), z.number()]);

/** The result of a prompt: what was paid stands in a list of names and values. */
export const pushResultSchema = z.object({
  Body: z.object({
    stkCallback: z.object({
      CheckoutRequestID: z.string().min(1),
      ResultCode: code,
      CallbackMetadata: z
        .object({ Item: z.array(z.object({ Name: z.string(), Value: value.optional() })) })
        .optional(),
    }),
  }),
});

/** The result of a payment to a phone, or of a question about one. */
export const resultSchema = z.object({
  Result: z.object({
    ResultCode: code,
    OriginatorConversationID: z.string(),
    ConversationID: z.string().min(1),
    TransactionID: z.string().optional(),
    ResultParameters: z
      .object({
        ResultParameter: z.union([
          z.array(z.object({ Key: z.string(), Value: value.optional() })),
          // A single one comes without its list.
          z.object({ Key: z.string(), Value: value.optional() }).transform((one) => [one]),
        ]),
      })
      .optional(),
  }),
});

export type Result = z.output<typeof resultSchema>['Result'];
export type PushResult = z.output<typeof pushResultSchema>['Body']['stkCallback'];

export function itemOf(result: PushResult, name: string): string | number | undefined {
  return result.CallbackMetadata?.Item.find((item) => item.Name === name)?.Value;
}

export function parameterOf(result: Result, key: string): string | number | undefined {
  return result.ResultParameters?.ResultParameter.find((one) => one.Key === key)?.Value;
}
