import { zodValidator } from "@medusajs/framework"
import { MedusaRequest, MedusaResponse } from "@medusajs/framework/http"
import { MedusaContainer } from "@medusajs/framework/types"
import { z } from "@medusajs/framework/zod"
import { BatchBrandsInput, batchBrandsWorkflow } from "../../../../workflows/batch-brands"
import { MAX_IMAGE } from "../../../../workflows/brand-images"
import { attributes, fieldsSchema, writableFields } from "../../../../workflows/brand-records"

/**
 * The most brands in one request: a transaction holds its locks for a third of a second, and no longer. Many small ones
 * take longer in all, for Medusa hashes the API key anew for each request.
 */
const MAX_BATCH = 5000

/** Medusa's default, in bytes. `./middlewares` raises it. */
const DEFAULT_BODY_LIMIT = 100 * 1024

const bodySchema = (container: MedusaContainer) => {
  const fields = fieldsSchema(container)
  const record = fields.extend({ id: z.string().min(1) })
  return z
    .object({
      create: z.array(fields.extend({ id: z.string().min(1).optional(), name: z.string() })),
      update: z.array(record),
      delete: z.array(z.string()),
      purge: z.array(z.string()),
      restore: z.array(record),
      expect: z.record(z.string(), fields),
    })
    .partial()
    .strict()
    .refine(({ expect: _, ...lists }) => Object.values(lists).flat().length <= MAX_BATCH, {
      message: `A batch takes ${MAX_BATCH} brands at most`,
    })
}

/**
 * What this shop's brands can hold, and what one batch takes. `version` is that of a batch, and the first clients take no
 * other. The second version of these routes added `model` and `images`: the names alone were told before.
 */
export const GET = async (req: MedusaRequest, res: MedusaResponse) => {
  res.json({
    batch: {
      version: 1,
      fields: writableFields(req.scope),
      model: { version: 2, attributes: attributes(req.scope) },
      images: { version: 1, max_bytes: MAX_IMAGE },
      max_batch: MAX_BATCH,
      body_limit: res.locals.bodyLimit ?? DEFAULT_BODY_LIMIT,
    },
  })
}

/** Creates, updates, deletes and restores brands: all or nothing. */
export const POST = async (req: MedusaRequest, res: MedusaResponse) => {
  const input = (await zodValidator(bodySchema(req.scope), req.body)) as BatchBrandsInput
  const { result } = await batchBrandsWorkflow(req.scope).run({ input })
  res.json({
    ...result,
    deleted: { ids: result.deleted, object: "brand", deleted: true },
  })
}
