import { MedusaNextFunction, MedusaRequest, MedusaResponse, MiddlewareRoute } from "@medusajs/framework/http"

/** The largest body of `POST /admin/brands/batch`, in bytes. Medusa's default is 100 KiB. */
const BODY_LIMIT = 10 * 1024 * 1024

const announceBodyLimit = (_: MedusaRequest, res: MedusaResponse, next: MedusaNextFunction) => {
  res.locals.bodyLimit = BODY_LIMIT
  next()
}

/** To be among the `routes` of `src/api/middlewares.ts`. Without it, clients have to send smaller batches. */
export const brandBatchMiddlewares: MiddlewareRoute[] = [
  {
    method: ["POST"],
    matcher: "/admin/brands/batch",
    bodyParser: { sizeLimit: BODY_LIMIT },
  },
  {
    method: ["GET"],
    matcher: "/admin/brands/batch",
    middlewares: [announceBodyLimit],
  },
]
