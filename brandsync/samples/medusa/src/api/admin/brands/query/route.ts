import { zodValidator } from "@medusajs/framework"
import { MedusaRequest, MedusaResponse } from "@medusajs/framework/http"
import { z } from "@medusajs/framework/zod"
import { BRAND_MODULE } from "../../../../modules/brand"
import BrandModuleService from "../../../../modules/brand/service"
import { writableFields } from "../../../../workflows/brand-records"

const MAX_LIMIT = 5000

/**
 * Lists brands by id: those after `after`, or those of `ids`. A page that starts after an id loses no brand when others
 * are created or deleted meanwhile, as a page that starts at an offset does. It is a POST because thousands of ids don't
 * fit into a URL; it changes nothing.
 */
export const POST = async (req: MedusaRequest, res: MedusaResponse) => {
  const schema = z
    .object({
      ids: z.array(z.string()).max(MAX_LIMIT).optional(),
      after: z.string().optional(),
      limit: z.number().int().min(1).max(MAX_LIMIT).default(MAX_LIMIT),
      fields: z.array(z.enum(["id", ...writableFields(req.scope)])).default(["id", "name"]),
    })
    .strict()
  const { ids, after, limit, fields } = await zodValidator(schema, req.body as z.infer<typeof schema>)
  const service = req.scope.resolve<BrandModuleService>(BRAND_MODULE)
  const brands = await service.listBrands(
    { ...(ids && { id: ids }), ...(after && { id: { $gt: after } }) },
    { select: ["id", ...fields], order: { id: "ASC" }, take: limit }
  )
  res.json({ brands })
}
