import { MedusaRequest, MedusaResponse } from "@medusajs/framework/http"
import { BRAND_MODULE } from "../../../../modules/brand"
import BrandModuleService from "../../../../modules/brand/service"

type Batch = { create?: { name: string }[]; update?: { id: string; name?: string }[]; delete?: string[] }

export const POST = async (req: MedusaRequest<Batch>, res: MedusaResponse) => {
  const service: BrandModuleService = req.scope.resolve(BRAND_MODULE)
  const { create = [], update = [], delete: ids = [] } = req.validatedBody
  const created = await service.createBrands(create)
  const updated = await service.updateBrands(update)
  await service.softDeleteBrands(ids)
  res.json({ created, updated, deleted: { ids, object: "brand", deleted: true } })
}
