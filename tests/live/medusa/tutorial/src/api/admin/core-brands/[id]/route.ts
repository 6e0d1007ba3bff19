import { MedusaRequest, MedusaResponse } from "@medusajs/framework/http"
import { BRAND_MODULE } from "../../../../modules/brand"
import BrandModuleService from "../../../../modules/brand/service"

export const GET = async (req: MedusaRequest, res: MedusaResponse) => {
  const service: BrandModuleService = req.scope.resolve(BRAND_MODULE)
  res.json({ brand: await service.retrieveBrand(req.params.id) })
}

export const POST = async (req: MedusaRequest<{ name?: string }>, res: MedusaResponse) => {
  const service: BrandModuleService = req.scope.resolve(BRAND_MODULE)
  res.json({ brand: await service.updateBrands({ id: req.params.id, ...req.validatedBody }) })
}

export const DELETE = async (req: MedusaRequest, res: MedusaResponse) => {
  const service: BrandModuleService = req.scope.resolve(BRAND_MODULE)
  await service.softDeleteBrands([req.params.id])
  res.json({ id: req.params.id, object: "brand", deleted: true })
}
