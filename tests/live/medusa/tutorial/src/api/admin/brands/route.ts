import { MedusaRequest, MedusaResponse } from "@medusajs/framework/http"
import { createBrandWorkflow, CreateBrandInput } from "../../../workflows/create-brand"

export const GET = async (req: MedusaRequest, res: MedusaResponse) => {
  const query = req.scope.resolve("query")
  const { data: brands, metadata } = await query.graph({ entity: "brand", ...req.queryConfig })
  res.json({ brands, count: metadata?.count, limit: metadata?.take, offset: metadata?.skip })
}

export const POST = async (req: MedusaRequest<CreateBrandInput>, res: MedusaResponse) => {
  const { result } = await createBrandWorkflow(req.scope).run({ input: req.validatedBody })
  res.json({ brand: result })
}
