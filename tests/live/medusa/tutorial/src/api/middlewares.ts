import { validateAndTransformBody, validateAndTransformQuery } from "@medusajs/framework"
import { defineMiddlewares } from "@medusajs/framework/http"
import { z } from "@medusajs/framework/zod"
import { createFindParams } from "@medusajs/medusa/api/utils/validators"

const NewBrand = z.object({ name: z.string() })
const BrandChange = z.object({ name: z.string().optional() })
const BrandBatch = z.object({
  create: z.array(NewBrand).optional(),
  update: z.array(BrandChange.extend({ id: z.string() })).optional(),
  delete: z.array(z.string()).optional(),
})

const list = validateAndTransformQuery(createFindParams(), {
  defaults: ["id", "name", "products.*"],
  isList: true,
})

export default defineMiddlewares({
  routes: [
    { matcher: "/admin/brands", method: "GET", middlewares: [list] },
    { matcher: "/admin/brands", method: "POST", middlewares: [validateAndTransformBody(NewBrand)] },
    { matcher: "/admin/core-brands", method: "GET", middlewares: [list] },
    { matcher: "/admin/core-brands", method: "POST", middlewares: [validateAndTransformBody(NewBrand)] },
    { matcher: "/admin/core-brands/batch", method: "POST", middlewares: [validateAndTransformBody(BrandBatch)] },
    { matcher: "/admin/core-brands/:id", method: "POST", middlewares: [validateAndTransformBody(BrandChange)] },
  ],
})
