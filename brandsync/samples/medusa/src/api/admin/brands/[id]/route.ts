import { zodValidator } from "@medusajs/framework"
import { MedusaRequest, MedusaResponse } from "@medusajs/framework/http"
import { BRAND_MODULE } from "../../../../modules/brand"
import BrandModuleService from "../../../../modules/brand/service"
import { batchBrandsWorkflow } from "../../../../workflows/batch-brands"
import { fieldsSchema } from "../../../../workflows/brand-records"

export const GET = async (req: MedusaRequest, res: MedusaResponse) => {
  const service = req.scope.resolve<BrandModuleService>(BRAND_MODULE)
  res.json({ brand: await service.retrieveBrand(req.params.id) })
}

export const POST = async (req: MedusaRequest, res: MedusaResponse) => {
  const fields = await zodValidator(fieldsSchema(req.scope), req.body as Record<string, unknown>)
  const { result } = await batchBrandsWorkflow(req.scope).run({
    input: { update: [{ ...fields, id: req.params.id }] },
  })
  res.json({ brand: result.updated[0] })
}

export const DELETE = async (req: MedusaRequest, res: MedusaResponse) => {
  const { id } = req.params
  await batchBrandsWorkflow(req.scope).run({ input: { delete: [id] } })
  res.json({ id, object: "brand", deleted: true })
}
